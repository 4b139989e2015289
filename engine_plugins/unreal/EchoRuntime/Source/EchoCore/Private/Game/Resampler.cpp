// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/Resampler.h"

#include <algorithm>
#include <cmath>

namespace echo {

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr int half_taps = 16;
/// The pass band ends a little below Nyquist, where the window has not yet let go.
constexpr double pass_band = 0.92;
constexpr int16_t audible = 33;

uint32_t usable_rate(uint32_t rate) {
    return std::clamp<uint32_t>(rate, 8000, 192'000);
}

/// Hann window over [-1, 1].
double window(double x) {
    return std::abs(x) >= 1.0 ? 0.0 : 0.5 + 0.5 * std::cos(pi * x);
}

double sinc(double x) {
    return std::abs(x) < 1e-9 ? 1.0 : std::sin(pi * x) / (pi * x);
}

template <class Sample>
void mix(const Sample* interleaved, size_t frames, uint32_t channels, float scale, std::vector<float>& mono) {
    if (channels == 0) return;
    mono.reserve(mono.size() + frames);
    for (size_t frame = 0; frame < frames; ++frame) {
        float sum = 0.0f;
        for (uint32_t channel = 0; channel < channels; ++channel) {
            sum += static_cast<float>(interleaved[frame * channels + channel]);
        }
        mono.push_back(sum * scale / static_cast<float>(channels));
    }
}

}  // namespace

Resampler::Resampler(uint32_t from, uint32_t to) : from_(usable_rate(from)), to_(usable_rate(to)) {
    cutoff_ = std::min(1.0, static_cast<double>(to_) / from_) * (from_ == to_ ? 1.0 : pass_band);
    half_width_ = half_taps / std::min(1.0, static_cast<double>(to_) / from_);
}

void Resampler::push(const float* samples, size_t count, std::vector<float>& out) {
    if (from_ == to_) {
        out.insert(out.end(), samples, samples + count);
        return;
    }
    waiting_.insert(waiting_.end(), samples, samples + count);
    taken_ += static_cast<int64_t>(count);
    give(out);
}

void Resampler::give(std::vector<float>& out) {
    const int64_t end = dropped_ + static_cast<int64_t>(waiting_.size());
    for (;; ++given_) {
        const double at = static_cast<double>(given_) * from_ / to_;
        if (std::floor(at + half_width_) >= static_cast<double>(end)) break;
        const int64_t first = std::max<int64_t>(dropped_, static_cast<int64_t>(std::ceil(at - half_width_)));
        const int64_t last = static_cast<int64_t>(std::floor(at + half_width_));
        double sum = 0.0;
        for (int64_t i = first; i <= last; ++i) {
            const double distance = at - static_cast<double>(i);
            sum += static_cast<double>(waiting_[static_cast<size_t>(i - dropped_)]) * cutoff_ *
                   sinc(cutoff_ * distance) * window(distance / half_width_);
        }
        out.push_back(static_cast<float>(sum));
    }
    const double next = static_cast<double>(given_) * from_ / to_ - half_width_;
    const int64_t unneeded = std::min(static_cast<int64_t>(std::floor(next)), end) - dropped_;
    if (unneeded > 0) {
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(unneeded));
        dropped_ += unneeded;
    }
}

void Resampler::finish(std::vector<float>& out) {
    if (from_ != to_) {
        const size_t due = static_cast<size_t>(taken_ * to_ / from_ - given_) + out.size();
        const std::vector<float> silence(static_cast<size_t>(half_width_) + 2, 0.0f);
        waiting_.insert(waiting_.end(), silence.begin(), silence.end());
        give(out);
        out.resize(std::min(out.size(), due));
    }
    waiting_.clear();
    dropped_ = given_ = taken_ = 0;
}

void mix_down(const float* interleaved, size_t frames, uint32_t channels, std::vector<float>& mono) {
    mix(interleaved, frames, channels, 1.0f, mono);
}

void mix_down(const int16_t* interleaved, size_t frames, uint32_t channels, std::vector<float>& mono) {
    mix(interleaved, frames, channels, 1.0f / 32768.0f, mono);
}

void to_pcm16(const float* samples, size_t count, std::vector<int16_t>& out) {
    out.reserve(out.size() + count);
    for (size_t i = 0; i < count; ++i) {
        const float sample = std::isfinite(samples[i]) ? std::clamp(samples[i], -1.0f, 1.0f) : 0.0f;
        out.push_back(static_cast<int16_t>(std::lround(sample * 32767.0f)));
    }
}

bool speech_of(const int16_t* interleaved, size_t samples, uint32_t rate, uint32_t channels,
               std::vector<int16_t>& out) {
    out.clear();
    if (rate < 8000 || rate > 192'000 || channels < 1 || channels > 8 || samples < channels) return false;
    std::vector<float> mono;
    mix_down(interleaved, samples / channels, channels, mono);
    std::vector<float> resampled;
    Resampler resampler(rate, 16'000);
    resampler.push(mono.data(), mono.size(), resampled);
    resampler.finish(resampled);
    to_pcm16(resampled.data(), resampled.size(), out);
    return !out.empty();
}

bool is_silence(const std::vector<int16_t>& samples) {
    return std::all_of(samples.begin(), samples.end(), [](int16_t s) { return s < audible && s > -audible; });
}

}  // namespace echo
