// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/VoicePull.h"

#include <algorithm>
#include <cmath>

#include "EchoCore/ClockOffset.h"

namespace echo {

void RuntimeClock::set(int64_t runtime_now_us) {
    offset_us_.store(runtime_now_us - monotonic_us(), std::memory_order_relaxed);
}

int64_t RuntimeClock::now_us() const {
    return monotonic_us() + offset_us_.load(std::memory_order_relaxed);
}

void VoicePull::end() {
    const std::lock_guard<std::mutex> lock(pulling_);
    ended_ = true;
}

int64_t VoicePull::pull(int16_t* out, int64_t count) {
    pulls_.fetch_add(1, std::memory_order_relaxed);
    std::fill(out, out + count, int16_t{0});
    const std::lock_guard<std::mutex> lock(pulling_);
    if (held_.load(std::memory_order_relaxed) || ended_) {
        level_.store(0.0f, std::memory_order_relaxed);
        return 0;
    }
    constexpr int64_t block = 512;
    float samples[block];
    int64_t speech = 0;
    float loudest = 0.0f;
    for (int64_t done = 0; done < count;) {
        const int64_t now = std::min(block, count - done);
        speech += feed_->pull_speech(samples, now, clock_->now_us());
        for (int64_t i = 0; i < now; ++i) {
            const float sample = std::clamp(samples[i], -1.0f, 1.0f);
            loudest = std::max(loudest, std::abs(sample));
            out[done + i] = static_cast<int16_t>(std::lround(sample * 32767.0f));
        }
        done += now;
    }
    heard_.fetch_add(static_cast<uint64_t>(speech), std::memory_order_relaxed);
    level_.store(loudest, std::memory_order_relaxed);
    return speech;
}

}  // namespace echo
