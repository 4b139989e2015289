// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/EngineAxes.h"

#include <cmath>

namespace echo {

namespace {

constexpr double cm_per_m = 100.0;

Position turn(const Rotation& q, const Position& p) {
    // p + 2 w (v × p) + 2 v × (v × p)
    const double tx = 2.0 * (q[1] * p[2] - q[2] * p[1]);
    const double ty = 2.0 * (q[2] * p[0] - q[0] * p[2]);
    const double tz = 2.0 * (q[0] * p[1] - q[1] * p[0]);
    return {p[0] + q[3] * tx + q[1] * tz - q[2] * ty, p[1] + q[3] * ty + q[2] * tx - q[0] * tz,
            p[2] + q[3] * tz + q[0] * ty - q[1] * tx};
}

}  // namespace

EnginePoint to_engine(const Position& position) {
    return {position[2] * cm_per_m, -position[0] * cm_per_m, position[1] * cm_per_m};
}

Position from_engine(const EnginePoint& point) {
    return {-point[1] / cm_per_m, point[2] / cm_per_m, point[0] / cm_per_m};
}

Rotation to_engine_rotation(const Rotation& rotation) {
    return {-rotation[2], rotation[0], -rotation[1], rotation[3]};
}

Rotation from_engine_rotation(const Rotation& rotation) {
    return {rotation[1], -rotation[2], -rotation[0], rotation[3]};
}

bool project(const PictureCamera& camera, const Rotation& head, const Position& position, const Position& point,
             double& u, double& v) {
    if (!camera.known()) return false;
    const Position turned = turn(head, point);
    const double depth = camera.distance - (turned[2] + position[2]);
    if (depth <= 0.0) return false;
    const double focal = 1.0 / std::tan(camera.fov / 2.0);
    u = 0.5 + 0.5 * focal * (turned[0] + position[0]) / (depth * camera.aspect);
    v = 0.5 - 0.5 * focal * (turned[1] + position[1]) / depth;
    return true;
}

}  // namespace echo
