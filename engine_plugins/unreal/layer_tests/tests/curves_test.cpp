#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "EchoCore/Game/ArkitNames.h"
#include "EchoCore/Game/CapturePlan.h"
#include "EchoCore/Game/CurveMapping.h"
#include "EchoCore/Game/EngineAxes.h"

namespace {

using echo::CurveMapping;

TEST(Mapping, SpellingsOfOneCurve) {
    EXPECT_EQ(CurveMapping::key("eyeBlinkLeft"), "eyeblinkleft");
    EXPECT_EQ(CurveMapping::key("Head_geo.EyeBlink_L"), "eyeblinkleft");
    EXPECT_EQ(CurveMapping::key("EYE_BLINK_LEFT"), "eyeblinkleft");
    EXPECT_EQ(CurveMapping::key("mouthSmile-r"), "mouthsmileright");
    EXPECT_EQ(CurveMapping::key(""), "");
}

TEST(Mapping, ByNameInAnyOrder) {
    CurveMapping mapping;
    EXPECT_EQ(mapping.bind({"jawOpen", "eyeBlinkLeft"}, {"Other", "EyeBlinkLeft", "JawOpen"}), 2u);
    EXPECT_EQ(mapping.targets(), (std::vector<std::string>{"JawOpen", "EyeBlinkLeft"}));
    const float values[] = {0.25f, 2.0f};
    float out[2];
    mapping.apply(values, 2, out);
    EXPECT_EQ(out[0], 0.25f);
    EXPECT_EQ(out[1], 1.0f) << "cut to its limit";
    mapping.apply(values, 2, out, 0.5f);
    EXPECT_EQ(out[0], 0.125f);
}

TEST(Mapping, RulesWithGainsAddUp) {
    CurveMapping mapping;
    const std::vector<echo::CurveRule> rules{{"mouthSmileLeft", "smile", 0.5f, 0.0f, 0.0f, 1.0f},
                                             {"mouthSmileRight", "smile", 0.5f, 0.0f, 0.0f, 1.0f},
                                             {"browInnerUp", "brow", -1.0f, 0.1f, -1.0f, 1.0f},
                                             {"no such", "smile", 1.0f, 0.0f, 0.0f, 1.0f},
                                             {"browInnerUp", "not there", 1.0f, 0.0f, 0.0f, 1.0f}};
    EXPECT_EQ(mapping.bind({"mouthSmileLeft", "mouthSmileRight", "browInnerUp"}, {"smile", "brow"}, rules), 2u);
    EXPECT_EQ(mapping.missing(), (std::vector<std::string>{"no such", "not there"}));
    const float values[] = {0.8f, 0.4f, 0.5f};
    float out[2];
    mapping.apply(values, 3, out);
    EXPECT_FLOAT_EQ(out[0], 0.6f);
    EXPECT_FLOAT_EQ(out[1], -0.4f);
    const float bad[] = {std::numeric_limits<float>::quiet_NaN(), 0.4f};
    mapping.apply(bad, 2, out);
    EXPECT_FLOAT_EQ(out[0], 0.2f) << "no number, and too few values";
    EXPECT_FLOAT_EQ(out[1], 0.1f);
}

TEST(Mapping, ACharacterWithoutCurves) {
    CurveMapping mapping;
    EXPECT_EQ(mapping.bind({"jawOpen"}, {}), 0u);
    EXPECT_EQ(mapping.missing().size(), 1u);
    mapping.apply(nullptr, 0, nullptr);
}

TEST(Axes, TurningIsTheSameOnBothAxes) {
    const echo::Rotation q = echo::head_rotation(0.4, -0.2, 0.1);
    const echo::Position p{0.03, 0.05, 0.09};
    // the same point turned on the protocol's axes, and on the engine's
    const auto turned = [](const echo::Rotation& r, double x, double y, double z) {
        const double ux = r[0], uy = r[1], uz = r[2], s = r[3];
        const double dot = ux * x + uy * y + uz * z;
        const double n = s * s - (ux * ux + uy * uy + uz * uz);
        return echo::Position{2 * dot * ux + n * x + 2 * s * (uy * z - uz * y),
                              2 * dot * uy + n * y + 2 * s * (uz * x - ux * z),
                              2 * dot * uz + n * z + 2 * s * (ux * y - uy * x)};
    };
    const echo::EnginePoint there = echo::to_engine(turned(q, p[0], p[1], p[2]));
    const echo::EnginePoint e = echo::to_engine(p);
    const echo::Rotation r = echo::to_engine_rotation(q);
    const echo::Position here = turned(r, e[0], e[1], e[2]);
    for (int i = 0; i < 3; ++i) EXPECT_NEAR(here[i], there[i], 1e-9);
    const echo::Rotation back = echo::from_engine_rotation(r);
    for (int i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(back[i], q[i]);
    const echo::Position same = echo::from_engine(e);
    for (int i = 0; i < 3; ++i) EXPECT_DOUBLE_EQ(same[i], p[i]);
}

TEST(Axes, PositiveYawTurnsToThePicturesRight) {
    // the protocol's words: the tip of the nose, towards the viewer, goes to the picture's right
    const echo::PictureCamera camera{0.5, 0.8, 1.0};
    double u = 0.0, v = 0.0;
    ASSERT_TRUE(echo::project(camera, echo::no_rotation, {}, {0.0, 0.0, 0.1}, u, v));
    EXPECT_NEAR(u, 0.5, 1e-12);
    EXPECT_NEAR(v, 0.5, 1e-12);
    ASSERT_TRUE(echo::project(camera, echo::head_rotation(0.3, 0.0, 0.0), {}, {0.0, 0.0, 0.1}, u, v));
    EXPECT_GT(u, 0.5);
    ASSERT_TRUE(echo::project(camera, echo::head_rotation(0.0, 0.3, 0.0), {}, {0.0, 0.0, 0.1}, u, v));
    EXPECT_GT(v, 0.5) << "positive pitch lowers the chin, rows count downwards";
    ASSERT_TRUE(echo::project(camera, echo::no_rotation, {0.01, 0.0, 0.0}, {0.0, 0.0, 0.0}, u, v));
    EXPECT_NEAR(u, 0.5 + 0.5 * 0.01 / (0.8 * std::tan(0.25)), 1e-12);
    EXPECT_FALSE(echo::project(camera, echo::no_rotation, {}, {0.0, 0.0, 0.9}, u, v)) << "behind the camera";
    EXPECT_FALSE(echo::project({}, echo::no_rotation, {}, {}, u, v)) << "no camera was told";
}

TEST(CapturePlan, TakesEveryCurveAndPose) {
    const auto plan = echo::capture_plan({"JawOpen", "EyeBlink_L", "Nonsense"}, 10, 1);
    EXPECT_EQ(plan.size(), 1u + 2 * 2 + 12 + 10);
    EXPECT_EQ(plan[0].values, std::vector<float>(52, 0.0f));
    EXPECT_EQ(plan[1].values[0], 0.5f) << "eyeBlinkLeft is the first of the set";
    for (const auto& shot : plan) {
        double length = 0.0;
        for (const double part : shot.head) length += part * part;
        EXPECT_NEAR(length, 1.0, 1e-9);
    }
    EXPECT_EQ(echo::capture_plan({"JawOpen"}, 10, 1)[20].values, echo::capture_plan({"JawOpen"}, 10, 1)[20].values);
    EXPECT_NE(echo::capture_plan({"JawOpen"}, 10, 1)[20].values, echo::capture_plan({"JawOpen"}, 10, 2)[20].values);
    EXPECT_EQ(echo::capture_plan({}, 0, 0).size(), 13u);
}

/// As the tests of the Unity package expect it too: whoever trains an avatar need not know the engine.
constexpr const char* start_of_a_line =
    "{\"picture\": \"a\\\"b.png\", \"width\": 512, \"height\": 512, \"fov_deg\": 20, \"distance_m\": 0.9, "
    "\"head\": [0, 0, 0, 1], \"position\": [0, 0, 0], \"gaze\": [0, 0], \"curves\": \"arkit52\", \"values\": {";

TEST(CapturePlan, WritesTheSameLineAsUnity) {
    const echo::CaptureShot shot = echo::capture_plan({"JawOpen"}, 0, 0)[1];
    const std::string line = echo::capture_line(shot, "a\"b.png", 20.0, 0.9, 512, 512);
    EXPECT_EQ(line.rfind(start_of_a_line, 0), 0u) << line;
    EXPECT_NE(line.find("\"jawOpen\": 0.5, "), std::string::npos) << line;
    EXPECT_NE(line.find("\"eyeBlinkLeft\": 0, "), std::string::npos) << line;
    EXPECT_EQ(line.substr(line.size() - 2), "}}");
    EXPECT_EQ(std::count(line.begin(), line.end(), ':'), 10 + 52);
    const echo::CaptureShot turned{std::vector<float>(52, 1.0f), echo::head_rotation(-0.4, 0.0, 0.0)};
    EXPECT_NE(echo::capture_line(turned, "b.png", 20.5, 1.0, 64, 64).find("\"head\": [0, -0.198669, 0, 0.980067]"),
              std::string::npos);
}

}  // namespace
