// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>

namespace echo {

/// a / b towards minus infinity, b > 0: times before zero must not round another way than those after it.
constexpr int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

/// floor(value × multiplier / divisor) without the product's overflow; `divisor` × `multiplier` must fit.
constexpr int64_t floor_scale(int64_t value, int64_t multiplier, int64_t divisor) {
    const int64_t whole = floor_divide(value, divisor);
    return whole * multiplier + (value - whole * divisor) * multiplier / divisor;
}

}  // namespace echo
