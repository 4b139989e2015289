// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "EchoCore/Api.h"
#include "EchoCore/Values.h"

namespace echo {

/// One picture to be taken of a character: coefficients in the order of `arkit_names`, and the head's pose.
struct CaptureShot {
    std::vector<float> values;
    Rotation head = no_rotation;
};

/// What pictures of a character are taken, so that an avatar can be trained from them: the resting face; every curve
/// that the character has, alone, at half and at full; the head turned; and `mixtures` of several curves and poses at
/// once, which come from `seed` alone. Without `curves` (names as in `arkit_names`, in any spelling) the plan has poses
/// only.
ECHOCORE_API std::vector<CaptureShot> capture_plan(const std::vector<std::string>& curves, uint32_t mixtures,
                                                   uint32_t seed);

/// Yaw, pitch and roll in radians as the protocol's rotation R = Ry(yaw) · Rx(pitch) · Rz(roll).
ECHOCORE_API Rotation head_rotation(double yaw, double pitch, double roll);

/// One line of JSON about a picture, without line break, the same as the Unity package writes: `picture` (path relative
/// to the file), `width`, `height`, `fov_deg` (full vertical angle of view), `distance_m` (from the camera to the
/// head), `head` (x, y, z, w), `position`, `gaze`, `curves` ("arkit52") and `values`, by name.
ECHOCORE_API std::string capture_line(const CaptureShot& shot, const std::string& picture, double fov_degrees,
                                      double distance, uint32_t width, uint32_t height);

}  // namespace echo
