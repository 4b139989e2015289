// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <array>

#include "EchoCore/Api.h"
#include "EchoCore/Values.h"

namespace echo {

/// x forward, y right, z up, left-handed, centimetres: a head that faces along +x, as Unreal's axes are.
using EnginePoint = std::array<double, 3>;

/// The protocol's axes (right-handed, seen in the picture, metres) and Unreal's of a head that faces +x. The picture's
/// right is the head's own left, so protocol (x, y, z) = Unreal (−y, z, x) / 100.
ECHOCORE_API EnginePoint to_engine(const Position& position);
ECHOCORE_API Position from_engine(const EnginePoint& point);
/// A rotation as a quaternion x, y, z, w on the other axes. Mirrored axes turn the sense of rotation.
ECHOCORE_API Rotation to_engine_rotation(const Rotation& rotation);
ECHOCORE_API Rotation from_engine_rotation(const Rotation& rotation);

/// The camera that a picture was drawn through (bridge/PROTOCOL.md, "video").
struct PictureCamera {
    /// Full vertical angle of view in radians, and metres to the head's resting position.
    double fov = 0.0;
    double distance = 0.0;
    /// Width by height of the picture.
    double aspect = 1.0;

    bool known() const { return fov > 0.0 && distance > 0.0; }
};

/// Where a point of the resting head, in metres on the protocol's axes, lies in the picture when the head has moved:
/// u to the right, v downwards, both from 0 to 1 inside the picture. False for a point that is not before the camera. A
/// material does the same per pixel to project the picture onto a head.
ECHOCORE_API bool project(const PictureCamera& camera, const Rotation& head, const Position& position,
                          const Position& point, double& u, double& v);

}  // namespace echo
