// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/ReceiveOrder.h"

namespace echo {

bool StreamOrder::accept(uint64_t seq, bool again) {
    if (seq <= last_) return false;
    if (live_ && !again) lost_ += seq - last_ - 1;
    last_ = seq;
    live_ = !again;
    return true;
}

void StreamOrder::restart() {
    last_ = 0;
    live_ = false;
}

bool NpcOrder::accept(StreamKind kind, uint64_t seq, uint32_t epoch, bool again) {
    // the order first: what an interrupt outdates is no loss
    const bool fresh = streams_[static_cast<int>(kind)].accept(seq, again);
    if (epoch < epoch_) {
        ++outdated_;
        return false;
    }
    epoch_ = epoch;
    return fresh;
}

void NpcOrder::raise(uint32_t epoch) {
    if (epoch > epoch_) epoch_ = epoch;
}

void NpcOrder::restart() {
    epoch_ = 0;
    for (StreamOrder& stream : streams_) stream.restart();
}

uint64_t NpcOrder::lost() const {
    uint64_t sum = 0;
    for (const StreamOrder& stream : streams_) sum += stream.lost();
    return sum;
}

}  // namespace echo
