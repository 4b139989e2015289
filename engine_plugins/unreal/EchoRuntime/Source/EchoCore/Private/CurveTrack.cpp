// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/CurveTrack.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace echo {

namespace {

double length(const Rotation& q) {
    return std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
}

Rotation normal(const Rotation& q) {
    const double size = length(q);
    return {q[0] / size, q[1] / size, q[2] / size, q[3] / size};
}

}  // namespace

Rotation slerp(const Rotation& a, const Rotation& b, double share) {
    const Rotation p = normal(a);
    Rotation q = normal(b);
    double cosine = p[0] * q[0] + p[1] * q[1] + p[2] * q[2] + p[3] * q[3];
    if (cosine < 0.0) {
        for (double& part : q) part = -part;
        cosine = -cosine;
    }
    const double angle = std::acos(std::min(cosine, 1.0));
    double of_p = 1.0 - share;
    double of_q = share;
    if (angle >= 1e-4) {  // below, the sines would divide zero by zero
        of_p = std::sin((1.0 - share) * angle) / std::sin(angle);
        of_q = std::sin(share * angle) / std::sin(angle);
    }
    Rotation mixed{};
    for (size_t i = 0; i < 4; ++i) mixed[i] = of_p * p[i] + of_q * q[i];
    return normal(mixed);
}

CurveTrack::CurveTrack(size_t size, size_t count) : samples_(size), values_(size * count), room_(count) {}

bool CurveTrack::push(int64_t pts_us, const float* values, size_t count, const Rotation& head, int64_t epoch) {
    if (epoch < epoch_ || (epoch == epoch_ && used_ != 0 && pts_us <= samples_[cell(used_ - 1)].pts)) return false;
    if (epoch > epoch_) {
        epoch_ = epoch;
        while (used_ != 0 && samples_[cell(used_ - 1)].pts >= pts_us) --used_;  // what an interrupt has outdated
    }
    if (count != count_) {
        used_ = 0;
        count_ = count;
        if (count > room_) {
            room_ = count;
            values_.resize(samples_.size() * room_);
        }
    }
    if (used_ == samples_.size()) {
        first_ = (first_ + 1) % samples_.size();
        --used_;
    }
    const size_t at = cell(used_);
    samples_[at] = {pts_us, head};
    std::memcpy(values_.data() + at * room_, values, count * sizeof(float));
    ++used_;
    return true;
}

bool CurveTrack::at(int64_t time_us, float* values, Rotation& head) const {
    if (used_ == 0) return false;
    size_t after = 0;
    while (after < used_ && samples_[cell(after)].pts <= time_us) ++after;
    if (after == 0 || after == used_) {
        const size_t nearest = cell(after == 0 ? 0 : used_ - 1);
        std::memcpy(values, values_.data() + nearest * room_, count_ * sizeof(float));
        head = samples_[nearest].head;
        return true;
    }
    const size_t earlier = cell(after - 1);
    const size_t later = cell(after);
    const double share = static_cast<double>(time_us - samples_[earlier].pts) /
                         static_cast<double>(samples_[later].pts - samples_[earlier].pts);
    const float* v0 = values_.data() + earlier * room_;
    const float* v1 = values_.data() + later * room_;
    for (size_t i = 0; i < count_; ++i) values[i] = v0[i] + static_cast<float>(share) * (v1[i] - v0[i]);
    head = slerp(samples_[earlier].head, samples_[later].head, share);
    return true;
}

}  // namespace echo
