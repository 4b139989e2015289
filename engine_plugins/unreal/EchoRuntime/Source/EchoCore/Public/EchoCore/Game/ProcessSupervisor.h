// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>
#include <string>

#include "EchoCore/Api.h"

namespace echo {

/// The operating system, as the supervisor needs it; an engine layer or a test implements it. Called in the thread of
/// `ProcessSupervisor::tick` only; nothing may wait.
class ProcessHost {
public:
    virtual ~ProcessHost() = default;
    /// False, and why, if the program cannot be started.
    virtual bool start(std::string& why) = 0;
    virtual bool running() = 0;
    /// Asks the process to end (`hard` false), or ends it.
    virtual void end(bool hard) = 0;
    /// Of the process that has ended: what it wrote last, and the status it ended with.
    virtual std::string last_words() { return {}; }
    virtual int status() { return -1; }
};

/// Starts the runtime's process, watches it, starts it again when it ends, and stops it. First it looks for a runtime
/// that runs already, and leaves that alone. A start is repeated after 1 s, 2 s, 4 s … at most 30 s; a process that has
/// lived for a minute begins that count anew. Pure: times come in as arguments, in microseconds on one clock; one
/// thread.
class ECHOCORE_API ProcessSupervisor {
public:
    enum class State : uint8_t {
        /// Nothing is wanted of it.
        off,
        /// Waits whether a runtime answers that was started by somebody else.
        looking,
        /// A runtime answers that is not ours.
        attached,
        /// Ours runs.
        running,
        /// Ours has ended or could not be started; the next attempt is to come.
        waiting,
        /// Ours has been asked to end.
        ending,
        /// Ours has refused what it was started with (`trouble()` says what): another start would change nothing.
        gave_up,
    };

    /// `look_us`: for how long to look for a runtime before one is started.
    explicit ProcessSupervisor(ProcessHost& host, int64_t look_us = 1'500'000) : host_(host), look_us_(look_us) {}

    /// Wants a runtime, also after it was given up. Does nothing while one is wanted already.
    void begin(int64_t now_us);
    /// Wants none: asks ours to end, and ends it after `patience_us`; one that is not ours goes on.
    void stop(int64_t now_us);
    /// Ends ours at once, as when the engine exits. Waits for nothing.
    void stop_now();

    /// `connected`: a runtime answers at the address. Call it every frame, or so.
    void tick(bool connected, int64_t now_us);

    State state() const { return state_; }
    /// One sentence about the last end or failed start; "" after a start that lasted.
    const std::string& trouble() const { return trouble_; }
    /// How often ours was started.
    uint32_t starts() const { return starts_; }
    /// When the next attempt comes, while `waiting`.
    int64_t next_start_us() const { return due_us_; }

    /// What the command line exits with after a sentence to its user.
    static constexpr int users_mistake = 2;
    static constexpr int64_t first_wait_us = 1'000'000;
    static constexpr int64_t longest_wait_us = 30'000'000;
    static constexpr int64_t settled_us = 60'000'000;
    static constexpr int64_t patience_us = 3'000'000;
    /// One that runs but does not answer for so long hangs, and is ended. Loading models on a slow machine is quicker.
    /// Time in which nobody ticks, as at a breakpoint, does not count.
    static constexpr int64_t hung_us = 180'000'000;

private:
    void start(int64_t now_us);
    void fail(std::string why, int64_t now_us);
    void ended(int64_t now_us);

    ProcessHost& host_;
    int64_t look_us_;
    State state_ = State::off;
    std::string trouble_;
    uint32_t starts_ = 0;
    int64_t wait_us_ = first_wait_us;
    int64_t since_us_ = 0;
    int64_t due_us_ = 0;
    int64_t ticked_us_ = 0;
    int64_t unanswered_us_ = 0;
    int64_t ended_us_ = 0;
    bool silent_ = false;
};

ECHOCORE_API const char* name_of(ProcessSupervisor::State state);

}  // namespace echo
