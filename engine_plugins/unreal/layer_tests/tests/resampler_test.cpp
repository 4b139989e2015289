#include "EchoCore/Game/Resampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

std::vector<float> tone(double hz, uint32_t rate, size_t count) {
    std::vector<float> samples(count);
    for (size_t i = 0; i < count; ++i) {
        samples[i] = static_cast<float>(0.5 * std::sin(2.0 * 3.14159265358979 * hz * static_cast<double>(i) / rate));
    }
    return samples;
}

/// The greatest difference from the tone itself at the other rate, away from both ends.
double error_of(double hz, uint32_t from, uint32_t to, size_t piece) {
    const std::vector<float> in = tone(hz, from, from / 2);
    std::vector<float> out;
    echo::Resampler resampler(from, to);
    for (size_t at = 0; at < in.size(); at += piece) {
        resampler.push(in.data() + at, std::min(piece, in.size() - at), out);
    }
    resampler.finish(out);
    EXPECT_EQ(out.size(), to / 2);
    const std::vector<float> wanted = tone(hz, to, out.size());
    double worst = 0.0;
    for (size_t i = 200; i + 200 < out.size(); ++i) {
        worst = std::max(worst, std::abs(static_cast<double>(out[i]) - static_cast<double>(wanted[i])));
    }
    return worst;
}

TEST(Resampler, KeepsATone) {
    EXPECT_LT(error_of(440.0, 48'000, 16'000, 1024), 0.01);
    EXPECT_LT(error_of(440.0, 44'100, 16'000, 333), 0.01);
    EXPECT_LT(error_of(440.0, 16'000, 48'000, 512), 0.01);
    EXPECT_LT(error_of(3000.0, 22'050, 16'000, 1000), 0.02);
}

TEST(Resampler, LetsNothingThroughAboveTheLowerNyquist) {
    const std::vector<float> in = tone(12'000.0, 48'000, 24'000);
    std::vector<float> out;
    echo::Resampler resampler(48'000, 16'000);
    resampler.push(in.data(), in.size(), out);
    for (size_t i = 100; i + 100 < out.size(); ++i) ASSERT_LT(std::abs(out[i]), 0.01f) << i;
}

TEST(Resampler, TheSizeOfThePiecesChangesNothing) {
    const std::vector<float> in = tone(300.0, 44'100, 4410);
    std::vector<float> whole;
    std::vector<float> pieces;
    echo::Resampler one(44'100, 16'000);
    echo::Resampler many(44'100, 16'000);
    one.push(in.data(), in.size(), whole);
    for (size_t i = 0; i < in.size(); i += 7) many.push(in.data() + i, std::min<size_t>(7, in.size() - i), pieces);
    EXPECT_EQ(whole, pieces);
}

TEST(Resampler, SpeechOfAStereoSound) {
    std::vector<int16_t> stereo(2 * 48'000);
    for (size_t i = 0; i < 48'000; ++i) {
        stereo[2 * i] = 8000;
        stereo[2 * i + 1] = 0;
    }
    std::vector<int16_t> speech;
    ASSERT_TRUE(echo::speech_of(stereo.data(), stereo.size(), 48'000, 2, speech));
    EXPECT_EQ(speech.size(), 16'000u);
    EXPECT_NEAR(speech[8000], 4000, 40);
    EXPECT_FALSE(echo::is_silence(speech));
}

TEST(Resampler, BadSoundIsRefused) {
    const int16_t sample = 1;
    std::vector<int16_t> speech{5};
    EXPECT_FALSE(echo::speech_of(&sample, 0, 16'000, 1, speech));
    EXPECT_TRUE(speech.empty());
    EXPECT_FALSE(echo::speech_of(&sample, 1, 0, 1, speech));
    EXPECT_FALSE(echo::speech_of(&sample, 1, 16'000, 0, speech));
    EXPECT_FALSE(echo::speech_of(&sample, 1, 16'000, 9, speech));
    EXPECT_TRUE(echo::is_silence(std::vector<int16_t>(16'000, 3)));
    std::vector<int16_t> pcm;
    const float bad[] = {std::numeric_limits<float>::quiet_NaN(), 7.0f, -7.0f};
    echo::to_pcm16(bad, 3, pcm);
    EXPECT_EQ(pcm, (std::vector<int16_t>{0, 32767, -32767}));
}

}  // namespace
