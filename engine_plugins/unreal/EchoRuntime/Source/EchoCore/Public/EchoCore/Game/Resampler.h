// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "EchoCore/Api.h"

namespace echo {

/// Turns a stream of mono samples at any rate into another rate, through a windowed sinc of 32 taps that is cut off
/// below the lower Nyquist frequency (J. O. Smith, "Digital Audio Resampling Home Page", section "Theory of Ideal
/// Bandlimited Interpolation"). The output is behind the input by 16 samples of the lower rate. Pure; one thread at a
/// time.
class ECHOCORE_API Resampler {
public:
    /// Rates in Hz, 8000 to 192000; others are taken as the nearest of these.
    Resampler(uint32_t from, uint32_t to);

    /// Takes in `count` samples and appends what they give to `out`.
    void push(const float* samples, size_t count, std::vector<float>& out);
    /// Appends the rest, as if silence followed, and begins anew.
    void finish(std::vector<float>& out);

    uint32_t from() const { return from_; }
    uint32_t to() const { return to_; }

private:
    void give(std::vector<float>& out);

    uint32_t from_;
    uint32_t to_;
    double cutoff_;
    double half_width_;
    std::vector<float> waiting_;
    /// Input samples before the first of `waiting_`.
    int64_t dropped_ = 0;
    int64_t given_ = 0;
    int64_t taken_ = 0;
};

/// Appends the mean of interleaved channels. `frames`: samples of one channel.
ECHOCORE_API void mix_down(const float* interleaved, size_t frames, uint32_t channels, std::vector<float>& mono);
ECHOCORE_API void mix_down(const int16_t* interleaved, size_t frames, uint32_t channels, std::vector<float>& mono);

/// Appends samples in [-1, 1] as PCM16; what lies beyond is cut, what is no number is silence.
ECHOCORE_API void to_pcm16(const float* samples, size_t count, std::vector<int16_t>& out);

/// A whole sound as mono PCM16 at 16 kHz, as `speak_begin` takes it without further settings. False, and nothing, for
/// a sound without samples, of a rate outside 8000 to 192000 Hz, or of other than 1 to 8 channels.
ECHOCORE_API bool speech_of(const int16_t* interleaved, size_t samples, uint32_t rate, uint32_t channels,
                            std::vector<int16_t>& out);

/// Whether nothing is to be heard: no sample beyond -60 dB of full scale.
ECHOCORE_API bool is_silence(const std::vector<int16_t>& samples);

}  // namespace echo
