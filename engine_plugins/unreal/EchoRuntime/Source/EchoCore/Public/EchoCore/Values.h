// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <array>
#include <cstdint>

namespace echo {

/// [major, minor] of the protocol.
struct Version {
    uint16_t major_number = 0;
    uint16_t minor_number = 0;

    friend bool operator==(Version a, Version b) {
        return a.major_number == b.major_number && a.minor_number == b.minor_number;
    }
};

/// Unit quaternion x, y, z, w on the protocol's axes: right-handed, seen in the picture, x to its right, y up, z out of
/// it towards the viewer.
using Rotation = std::array<double, 4>;
/// Metres on the same axes, from the head's resting position.
using Position = std::array<double, 3>;
/// Yaw and pitch in radians relative to the head; positive yaw looks to the picture's right, positive pitch up.
using Gaze = std::array<double, 2>;

constexpr Rotation no_rotation{0.0, 0.0, 0.0, 1.0};

}  // namespace echo
