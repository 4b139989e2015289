// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/ClockOffset.h"

#include <chrono>

#include "FloorDivision.h"

namespace echo {

void ClockOffset::add(int64_t sent, int64_t received, int64_t answered, int64_t returned) {
    const int64_t round_trip = (returned - sent) - (answered - received);
    samples_[next_].round_trip = round_trip > 0 ? round_trip : 0;
    samples_[next_].offset = floor_divide((received - sent) + (answered - returned), 2);
    next_ = (next_ + 1) % window;
    if (count_ < window) ++count_;
}

const ClockOffset::Sample* ClockOffset::quickest() const {
    const Sample* best = nullptr;
    for (int i = 0; i < count_; ++i) {
        const Sample& sample = samples_[i];
        if (best == nullptr || sample.round_trip < best->round_trip ||
            (sample.round_trip == best->round_trip && sample.offset < best->offset)) {
            best = &sample;
        }
    }
    return best;
}

int64_t ClockOffset::offset_us() const {
    const Sample* best = quickest();
    return best != nullptr ? best->offset : 0;
}

int64_t ClockOffset::round_trip_us() const {
    const Sample* best = quickest();
    return best != nullptr ? best->round_trip : 0;
}

int64_t monotonic_us() {
    using std::chrono::duration_cast;
    using std::chrono::microseconds;
    return duration_cast<microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace echo
