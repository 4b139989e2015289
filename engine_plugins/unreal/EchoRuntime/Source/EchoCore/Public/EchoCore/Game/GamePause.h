// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>

#include "EchoCore/Api.h"

namespace echo {

/// What a game says of itself in one tick.
struct GameState {
    /// The engine's own pause.
    bool paused = false;
    /// The window has the focus.
    bool focused = true;
    /// 1 = real time. Speech is never stretched: below `GamePause::standstill` the NPC pauses, above it runs in real
    /// time.
    double time_scale = 1.0;
    /// The game's script wants this NPC to pause.
    bool asked = false;
};

/// Decides when an NPC of the runtime pauses and goes on with its game. What the runtime knows is forgotten whenever
/// the NPC is opened anew, so the state is told again after a restart of the runtime, a reload of the scripts, or a new
/// level. A breakpoint, or a load that lasts, needs no message: what has been missed is skipped, and only counted here.
/// Pure; one thread.
class ECHOCORE_API GamePause {
public:
    enum class Send : uint8_t { nothing, pause, resume };

    static constexpr double standstill = 0.01;
    /// A longer time between two ticks is counted as a gap.
    static constexpr int64_t gap_us = 1'000'000;

    explicit GamePause(bool pause_unfocused = false) : pause_unfocused_(pause_unfocused) {}

    /// The NPC has been opened, in whichever run of the runtime: what it knows of pauses is not known.
    void opened() { told_ = Told::nothing; }

    /// What is to be sent now. `open`: the NPC is open, and a message would arrive.
    Send tick(const GameState& game, bool open, int64_t now_us);

    /// The NPC stands still: its sound is not to be pulled, so that its time stands still too.
    bool still() const { return still_; }
    uint32_t gaps() const { return gaps_; }
    /// How long the last gap was.
    int64_t last_gap_us() const { return last_gap_us_; }

private:
    enum class Told : uint8_t { nothing, paused, running };

    bool pause_unfocused_;
    bool still_ = false;
    Told told_ = Told::nothing;
    bool ticked_ = false;
    int64_t last_us_ = 0;
    uint32_t gaps_ = 0;
    int64_t last_gap_us_ = 0;
};

}  // namespace echo
