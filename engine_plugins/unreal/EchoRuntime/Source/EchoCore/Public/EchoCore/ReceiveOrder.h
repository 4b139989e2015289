// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>

#include "EchoCore/Api.h"

/// What of the received is new (bridge/PROTOCOL.md, "Order, epochs and late joiners"). Pure: no clock, no sockets, no
/// threads.
namespace echo {

/// The order of one type of message of one NPC.
class ECHOCORE_API StreamOrder {
public:
    /// Whether a message is new; counts what is missing between live messages.
    bool accept(uint64_t seq, bool again);
    /// A new run of the runtime: numbers begin anew, the count stays.
    void restart();
    uint64_t lost() const { return lost_; }

private:
    uint64_t last_ = 0;
    bool live_ = false;
    uint64_t lost_ = 0;
};

enum class StreamKind : uint8_t { video, coefficients, speech, event };

/// All that is received of one NPC: one epoch, and an order per type.
class ECHOCORE_API NpcOrder {
public:
    /// Whether a message is to be used: not of a lower epoch, not seen before.
    bool accept(StreamKind kind, uint64_t seq, uint32_t epoch, bool again);
    /// An interrupt is known from elsewhere, as from the answer to the command.
    void raise(uint32_t epoch);
    void restart();

    uint32_t epoch() const { return epoch_; }
    /// Messages of lower epochs, which were dropped.
    uint64_t outdated() const { return outdated_; }
    uint64_t lost() const;
    uint64_t lost(StreamKind kind) const { return streams_[static_cast<int>(kind)].lost(); }

private:
    StreamOrder streams_[4];
    uint32_t epoch_ = 0;
    uint64_t outdated_ = 0;
};

}  // namespace echo
