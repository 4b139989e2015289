// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/ProcessSupervisor.h"

#include <algorithm>
#include <utility>

namespace echo {

namespace {

/// What one tick counts at most.
constexpr int64_t longest_tick_us = 1'000'000;
/// A connection to a process that has ended may seem alive for the five seconds of bridge/PROTOCOL.md, "Liveness".
constexpr int64_t echo_of_the_last_us = 6'000'000;

}  // namespace

void ProcessSupervisor::begin(int64_t now_us) {
    if (state_ != State::off && state_ != State::ending && state_ != State::gave_up) return;
    if (state_ == State::ending && host_.running()) host_.end(true);  // its ports must be free for the next one
    state_ = State::looking;
    since_us_ = now_us;
    wait_us_ = first_wait_us;
}

void ProcessSupervisor::stop(int64_t now_us) {
    if (state_ == State::running && host_.running()) {
        host_.end(false);
        state_ = State::ending;
        since_us_ = now_us;
    } else if (state_ != State::ending) {
        state_ = State::off;
    }
}

void ProcessSupervisor::stop_now() {
    if ((state_ == State::running || state_ == State::ending) && host_.running()) host_.end(true);
    state_ = State::off;
}

void ProcessSupervisor::tick(bool connected, int64_t now_us) {
    const int64_t passed_us = std::clamp<int64_t>(now_us - ticked_us_, 0, longest_tick_us);
    ticked_us_ = now_us;
    unanswered_us_ = connected ? 0 : unanswered_us_ + passed_us;
    switch (state_) {
        case State::off:
        case State::gave_up:
            break;
        case State::looking:
            if (connected) {
                state_ = State::attached;
            } else if (now_us - since_us_ >= look_us_) {
                start(now_us);
            }
            break;
        case State::attached:
            if (!connected) {
                state_ = State::looking;
                since_us_ = now_us;
            }
            break;
        case State::running:
            if (!host_.running()) {
                ended(now_us);
            } else if (unanswered_us_ >= hung_us) {
                host_.end(true);
                fail("The runtime's process has not answered for three minutes and was ended.", now_us);
            } else if (now_us - since_us_ >= settled_us) {
                wait_us_ = first_wait_us;
                trouble_.clear();
            }
            break;
        case State::waiting:
            silent_ = silent_ || !connected;
            if (connected && (silent_ || now_us - ended_us_ >= echo_of_the_last_us)) {
                state_ = State::attached;  // somebody else has started one meanwhile
            } else if (now_us >= due_us_) {
                start(now_us);
            }
            break;
        case State::ending:
            if (!host_.running()) {
                state_ = State::off;
            } else if (now_us - since_us_ >= patience_us) {
                host_.end(true);
                state_ = State::off;
            }
            break;
    }
}

void ProcessSupervisor::start(int64_t now_us) {
    std::string why;
    if (!host_.start(why)) {
        fail(why.empty() ? "The runtime could not be started." : std::move(why), now_us);
        return;
    }
    ++starts_;
    state_ = State::running;
    since_us_ = now_us;
    unanswered_us_ = 0;
}

void ProcessSupervisor::ended(int64_t now_us) {
    const std::string last = host_.last_words();
    const bool refused = host_.status() == users_mistake;
    std::string why = refused ? "The runtime could not start." : "The runtime's process has ended.";
    if (!last.empty()) why += " Its last words: " + last;
    fail(std::move(why), now_us);
    if (refused) state_ = State::gave_up;
}

void ProcessSupervisor::fail(std::string why, int64_t now_us) {
    trouble_ = std::move(why);
    state_ = State::waiting;
    ended_us_ = now_us;
    silent_ = false;
    due_us_ = now_us + wait_us_;
    wait_us_ = std::min(wait_us_ * 2, longest_wait_us);
}

const char* name_of(ProcessSupervisor::State state) {
    switch (state) {
        case ProcessSupervisor::State::looking:
            return "looking for a runtime";
        case ProcessSupervisor::State::attached:
            return "attached to a runtime that was there";
        case ProcessSupervisor::State::running:
            return "running";
        case ProcessSupervisor::State::waiting:
            return "waiting to start it again";
        case ProcessSupervisor::State::ending:
            return "ending";
        case ProcessSupervisor::State::gave_up:
            return "given up";
        case ProcessSupervisor::State::off:
            break;
    }
    return "off";
}

}  // namespace echo
