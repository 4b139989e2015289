#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "EchoCore/ClockOffset.h"
#include "EchoCore/CurveTrack.h"
#include "EchoCore/FrameQueue.h"
#include "EchoCore/SpeechPlayout.h"
#include "json.h"

namespace {

const json::Value& scenarios() {
    static const json::Value all = json::read_file(std::string(ECHO_GOLDEN) + "/playout.json");
    return all;
}

int64_t whole(const json::Value& value) {
    return value.whole();
}

const char* name_of(echo::SpeechPlayout::State state) {
    using State = echo::SpeechPlayout::State;
    return state == State::quiet ? "quiet" : state == State::priming ? "priming" : "playing";
}

/// Numbered samples as [offset, first, count], as the scenarios list them.
std::string runs(const std::vector<float>& samples) {
    std::vector<std::vector<int64_t>> found;
    for (size_t i = 0; i < samples.size(); ++i) {
        if (samples[i] == 0.0f) continue;
        const int64_t offset = static_cast<int64_t>(i);
        const int64_t number = static_cast<int64_t>(samples[i]) - 1;
        if (!found.empty() && offset == found.back()[0] + found.back()[2] &&
            number == found.back()[1] + found.back()[2]) {
            ++found.back()[2];
        } else {
            found.push_back({offset, number, 1});
        }
    }
    std::string text;
    for (const auto& run : found) {
        text += std::to_string(run[0]) + " " + std::to_string(run[1]) + " " + std::to_string(run[2]) + "; ";
    }
    return text;
}

std::string runs(const json::Value& listed) {
    std::string text;
    for (const json::Value& run : listed.list) {
        text += run.list[0].text + " " + run.list[1].text + " " + run.list[2].text + "; ";
    }
    return text;
}

TEST(Playout, SpeechScenarios) {
    ASSERT_GT(scenarios()["speech"].list.size(), 10u);
    for (const json::Value& scenario : scenarios()["speech"].list) {
        echo::SpeechPlayout playout(whole(scenario["rate"]), whole(scenario["priming_us"]),
                                    whole(scenario["patience_us"]));
        size_t number = 0;
        for (const json::Value& step : scenario["steps"].list) {
            SCOPED_TRACE(scenario["name"].text + ", step " + std::to_string(number++));
            const auto& part = step.list;
            if (part[0].text == "push") {
                std::vector<float> samples;
                for (int64_t i = 0; i < whole(part[3]); ++i)
                    samples.push_back(static_cast<float>(whole(part[2]) + 1 + i));
                const bool taken =
                    playout.push(whole(part[1]), samples.data(), whole(part[3]), whole(part[4]), part[5].boolean);
                EXPECT_EQ(taken, part[6].boolean);
            } else {
                std::vector<float> out(static_cast<size_t>(whole(part[1])), -1.0f);
                const int64_t heard = playout.pull(out.data(), whole(part[1]), whole(part[2]));
                ASSERT_EQ(runs(out), runs(part[3]));
                int64_t listed = 0;
                for (const json::Value& run : part[3].list) listed += whole(run.list[2]);
                EXPECT_EQ(heard, listed);
                ASSERT_EQ(playout.time_us().value_or(-1), whole(part[4]));
                ASSERT_STREQ(name_of(playout.state()), part[5].text.c_str());
                ASSERT_EQ(playout.delay_us(), whole(part[6]));
                ASSERT_EQ(playout.underruns(), part[7].natural());
                ASSERT_EQ(playout.buffered_us(), whole(part[8]));
            }
        }
    }
}

template <size_t Size>
void follow_frames(const json::Value& scenario) {
    echo::FrameQueue<int64_t, Size> queue;
    for (const json::Value& step : scenario["steps"].list) {
        const auto& part = step.list;
        if (part[0].text == "push") {
            ASSERT_EQ(queue.push(whole(part[1]), whole(part[2]), whole(part[3])), part[4].boolean);
        } else {
            const int64_t* shown = queue.show(whole(part[1]));
            ASSERT_EQ(shown == nullptr, part[2].kind == json::Value::Kind::null);
            if (shown != nullptr) {
                ASSERT_EQ(*shown, whole(part[2]));
            }
        }
    }
}

TEST(Playout, FrameScenarios) {
    ASSERT_FALSE(scenarios()["frames"].list.empty());
    for (const json::Value& scenario : scenarios()["frames"].list) {
        SCOPED_TRACE(scenario["name"].text);
        switch (whole(scenario["size"])) {
            case 3:
                follow_frames<3>(scenario);
                break;
            case 8:
                follow_frames<8>(scenario);
                break;
            case 64:
                follow_frames<64>(scenario);
                break;
            default:
                ADD_FAILURE() << "no queue of this size here";
        }
    }
}

TEST(Playout, CurveScenarios) {
    ASSERT_FALSE(scenarios()["curves"].list.empty());
    for (const json::Value& scenario : scenarios()["curves"].list) {
        echo::CurveTrack track(static_cast<size_t>(whole(scenario["size"])), 2);  // grows to three values
        for (const json::Value& step : scenario["steps"].list) {
            const auto& part = step.list;
            std::vector<float> values;
            for (const json::Value& value : part[2].list) values.push_back(static_cast<float>(value.real()));
            echo::Rotation head{};
            for (size_t i = 0; i < 4; ++i) head[i] = part[3].list[i].real();
            if (part[0].text == "push") {
                ASSERT_EQ(track.push(whole(part[1]), values.data(), values.size(), head, whole(part[4])),
                          part[5].boolean);
                continue;
            }
            std::vector<float> got(track.count());
            echo::Rotation turned{};
            ASSERT_TRUE(track.at(whole(part[1]), got.data(), turned));
            for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(got[i], values[i], 1e-5);
            for (size_t i = 0; i < 4; ++i) ASSERT_NEAR(turned[i], head[i], 1e-5);
        }
    }
}

TEST(Playout, ClockScenarios) {
    ASSERT_FALSE(scenarios()["clock"].list.empty());
    for (const json::Value& scenario : scenarios()["clock"].list) {
        SCOPED_TRACE(scenario["name"].text);
        echo::ClockOffset clock;
        EXPECT_FALSE(clock.known());
        for (const json::Value& step : scenario["steps"].list) {
            const auto& part = step.list;
            clock.add(whole(part[1]), whole(part[2]), whole(part[3]), whole(part[4]));
            ASSERT_EQ(clock.offset_us(), whole(part[5]));
            ASSERT_EQ(clock.round_trip_us(), whole(part[6]));
        }
        clock.restart();
        EXPECT_EQ(clock.offset_us(), 0);
    }
}

TEST(Playout, AnInterruptThatIsKnownFromElsewhereIsHeardAtOnce) {
    echo::SpeechPlayout playout;
    const std::vector<float> speech(16'000, 0.5f);
    ASSERT_TRUE(playout.push(1'000'000, speech.data(), 16'000));
    std::vector<float> out(1600);
    int64_t heard = 0;
    for (int64_t now = 1'000'000; now < 1'400'000; now += 100'000) heard += playout.pull(out.data(), 1600, now);
    EXPECT_GT(heard, 0);
    playout.raise(1);
    EXPECT_EQ(playout.pull(out.data(), 1600, 1'400'000), 0);
    EXPECT_EQ(playout.buffered_us(), 0);
    EXPECT_FALSE(playout.push(1'500'000, speech.data(), 1600, 0)) << "of the epoch that was cut off";
}

TEST(Playout, WhatWaitsIsBounded) {
    echo::SpeechPlayout playout(16'000, 40'000, 500'000, 2'000'000);
    const std::vector<float> speech(16'000, 0.5f);
    int taken = 0;
    for (int64_t i = 0; i < 100; ++i) taken += playout.push(i * 1'000'000, speech.data(), 16'000) ? 1 : 0;
    EXPECT_EQ(taken, 2);
    EXPECT_EQ(playout.overflows(), 98u);
    EXPECT_EQ(playout.buffered_us(), 2'000'000);
}

TEST(Playout, AnotherCountOfCurvesBeginsAnew) {
    echo::CurveTrack track(4, 2);
    const float two[] = {0.1f, 0.2f};
    const float three[] = {0.3f, 0.4f, 0.5f};
    ASSERT_TRUE(track.push(10, two, 2, echo::no_rotation));
    ASSERT_TRUE(track.push(20, three, 3, echo::no_rotation));
    ASSERT_EQ(track.count(), 3u);
    float got[3];
    echo::Rotation head;
    ASSERT_TRUE(track.at(5, got, head));
    EXPECT_EQ(got[2], 0.5f);
}

}  // namespace
