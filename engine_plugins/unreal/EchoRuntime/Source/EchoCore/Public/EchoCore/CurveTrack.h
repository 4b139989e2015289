// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "EchoCore/Api.h"
#include "EchoCore/Values.h"

namespace echo {

/// From unit quaternion `a` (share 0) to `b` (share 1) at constant speed, on the shorter arc.
ECHOCORE_API Rotation slerp(const Rotation& a, const Rotation& b, double share);

/// The last coefficients by time, and what they are between two messages: linear values, rotations on the shorter arc.
/// Before the first and after the last, the nearest holds. Pure; one thread at a time. Memory is allocated by the
/// constructor, and by a message with more values than any before.
class ECHOCORE_API CurveTrack {
public:
    /// `size`: messages that are kept. `count`: values for which there is room from the beginning.
    explicit CurveTrack(size_t size = 64, size_t count = 64);

    /// False for a lower epoch, or a time not after the last. Another `count` of values than before begins anew.
    bool push(int64_t pts_us, const float* values, size_t count, const Rotation& head, int64_t epoch = 0);

    /// The face at an instant. `values` needs room for `count()` floats. False while empty.
    bool at(int64_t time_us, float* values, Rotation& head) const;

    size_t count() const { return count_; }
    bool empty() const { return used_ == 0; }

private:
    struct Sample {
        int64_t pts = 0;
        Rotation head = no_rotation;
    };

    size_t cell(size_t i) const { return (first_ + i) % samples_.size(); }

    std::vector<Sample> samples_;
    std::vector<float> values_;
    size_t room_;
    size_t count_ = 0;
    size_t first_ = 0;
    size_t used_ = 0;
    int64_t epoch_ = 0;
};

}  // namespace echo
