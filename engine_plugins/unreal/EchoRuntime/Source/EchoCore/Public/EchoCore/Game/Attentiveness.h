// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace echo {

/// How much the player looks at an NPC, and when that is worth a message: at most five times a second, and only when it
/// has changed. Pure; one thread.
class Attentiveness {
public:
    /// 1 within 8° of the line of sight, 0 beyond 40°, linear between. `cosine`: of the angle between the view and the
    /// way to the NPC's head; what is no number counts as looking away.
    static double share(double cosine) {
        if (std::isnan(cosine)) return 0.0;
        const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
        return std::clamp((none - angle) / (none - full), 0.0, 1.0);
    }

    /// Whether to send `share` now; if so, it counts as sent.
    bool worth_telling(double share, int64_t now_us) {
        if (now_us < next_us_ || std::abs(share - said_) < worth_saying) return false;
        said_ = share;
        next_us_ = now_us + again_us;
        return true;
    }

    /// The NPC was opened anew: another run of the runtime knows nothing of it.
    void forget() { said_ = -1.0; }

private:
    static constexpr double degree = 3.14159265358979323846 / 180.0;
    static constexpr double full = 8.0 * degree;
    static constexpr double none = 40.0 * degree;
    static constexpr double worth_saying = 0.05;
    static constexpr int64_t again_us = 200'000;
    double said_ = -1.0;
    int64_t next_us_ = 0;
};

}  // namespace echo
