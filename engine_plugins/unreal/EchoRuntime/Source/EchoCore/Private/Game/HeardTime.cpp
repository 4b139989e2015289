// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/HeardTime.h"

#include <algorithm>

namespace echo {

int64_t HeardTime::at(std::optional<int64_t> heard_us, int64_t now_us, bool still) {
    if (heard_us != last_) {
        const int64_t step = heard_us && last_ ? *heard_us - *last_ : 0;
        block_us_ = step > 0 && step <= longest_block_us ? step : 0;
        last_ = heard_us;
        changed_us_ = now_us;
    }
    if (still) {
        if (!was_still_) still_at_ = last_ ? *last_ - output_delay_us_ : now_us - usual_delay_us;
        was_still_ = true;
        changed_us_ = now_us;  // standing still is no silence of the device
        return still_at_;
    }
    was_still_ = false;
    if (!last_ || now_us - changed_us_ > patience_us) return now_us - usual_delay_us;
    return *last_ - output_delay_us_ + std::clamp<int64_t>(now_us - changed_us_, 0, block_us_);
}

}  // namespace echo
