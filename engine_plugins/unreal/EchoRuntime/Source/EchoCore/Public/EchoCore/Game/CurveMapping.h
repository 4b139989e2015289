// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "EchoCore/Api.h"

namespace echo {

/// One curve of the runtime onto one of a character: target = clamp(source × gain + offset, low, high). Several curves
/// may drive one target: they add up before they are cut.
struct CurveRule {
    std::string source;
    std::string target;
    float gain = 1.0f;
    float offset = 0.0f;
    float low = 0.0f;
    float high = 1.0f;
};

/// Carries coefficients over to the curves that a character has, by name. Memory is allocated by `bind` only. Pure; one
/// thread.
class ECHOCORE_API CurveMapping {
public:
    /// Finds the targets of `rules` among `available`, and their sources among `sources`, in the order in which values
    /// will come. With no rules, each source goes to the curve of its own name. Returns how many curves are driven.
    size_t bind(const std::vector<std::string>& sources, const std::vector<std::string>& available,
                const std::vector<CurveRule>& rules = {});

    /// `values`: as many as `sources` had; `out`: as many as `targets()`. Values that are no numbers count as 0. Every
    /// gain is multiplied by `strength`.
    void apply(const float* values, size_t count, float* out, float strength = 1.0f) const;

    /// The driven curves, spelt as in `available`.
    const std::vector<std::string>& targets() const { return targets_; }
    /// Names in the rules that neither side has, spelt as in the rules.
    const std::vector<std::string>& missing() const { return missing_; }

    /// What two spellings of one curve share: "Head_geo.EyeBlink_L", "eyeBlinkLeft" and "EYE_BLINK_LEFT" are the same.
    static std::string key(std::string_view name);

private:
    struct Link {
        size_t source;
        size_t target;
        float gain;
    };
    struct Limit {
        float offset;
        float low;
        float high;
    };

    size_t source_count_ = 0;
    std::vector<Link> links_;
    std::vector<Limit> limits_;
    std::vector<std::string> targets_;
    std::vector<std::string> missing_;
};

}  // namespace echo
