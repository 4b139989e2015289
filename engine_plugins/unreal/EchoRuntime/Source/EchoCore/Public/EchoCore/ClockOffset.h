// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>

#include "EchoCore/Api.h"

namespace echo {

/// Offset of the runtime's clock to ours, from the ping with the smallest round trip of the last eight. A delay in a
/// queue lengthens one direction only and so falsifies the offset by half of it; the quickest ping has the least of it
/// (as in NTP, RFC 5905 section 10). Pure: times come in as arguments, in microseconds.
class ECHOCORE_API ClockOffset {
public:
    static constexpr int window = 8;

    /// `sent` and `returned` on our clock, `received` and `answered` on the runtime's.
    void add(int64_t sent, int64_t received, int64_t answered, int64_t returned);
    void restart() { count_ = next_ = 0; }

    bool known() const { return count_ != 0; }
    /// Add to our time to get the runtime's. 0 before the first ping.
    int64_t offset_us() const;
    int64_t round_trip_us() const;

private:
    struct Sample {
        int64_t round_trip = 0;
        int64_t offset = 0;
    };

    const Sample* quickest() const;

    Sample samples_[window];
    int count_ = 0;
    int next_ = 0;
};

/// This process's monotonic clock in microseconds.
ECHOCORE_API int64_t monotonic_us();

}  // namespace echo
