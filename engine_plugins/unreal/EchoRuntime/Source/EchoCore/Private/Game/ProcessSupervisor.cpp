// Copyright Echo Runtime contributors. MIT License.
#include "EchoCore/Game/ProcessSupervisor.h"

#include <algorithm>
#include <utility>

namespace echo {

void ProcessSupervisor::begin(int64_t now_us) {
    if (state_ != State::off && state_ != State::ending) return;
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
    switch (state_) {
        case State::off:
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
                fail("The runtime's process has ended.", now_us);
            } else if (now_us - since_us_ >= settled_us) {
                wait_us_ = first_wait_us;
                trouble_.clear();
            }
            break;
        case State::waiting:
            if (connected) {
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
}

void ProcessSupervisor::fail(std::string why, int64_t now_us) {
    trouble_ = std::move(why);
    state_ = State::waiting;
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
        case ProcessSupervisor::State::off:
            break;
    }
    return "off";
}

}  // namespace echo
