// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "EchoCore/Codec.h"

namespace echo {

/// A command that waits for the receiving thread, which owns the socket.
struct Outgoing {
    std::vector<uint8_t> header;
    std::vector<uint8_t> payload;
    uint64_t id = 0;
    /// The NPC that an interrupt is for, whose epoch its answer raises.
    Name interrupts;
};

/// Commands from any thread to the receiving one; bounded.
class Outbox {
public:
    bool put(Outgoing&& outgoing) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (waiting_.size() >= most) return false;
        waiting_.push_back(std::move(outgoing));
        return true;
    }

    bool take(Outgoing& outgoing) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (waiting_.empty()) return false;
        outgoing = std::move(waiting_.front());
        waiting_.pop_front();
        return true;
    }

private:
    static constexpr size_t most = 1024;

    std::mutex mutex_;
    std::deque<Outgoing> waiting_;
};

}  // namespace echo
