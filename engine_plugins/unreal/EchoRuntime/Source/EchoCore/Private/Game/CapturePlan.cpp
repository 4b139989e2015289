// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/CapturePlan.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "EchoCore/Game/ArkitNames.h"
#include "EchoCore/Game/CurveMapping.h"

namespace echo {

namespace {

constexpr double degree = 3.14159265358979323846 / 180.0;
constexpr double widest_yaw = 30.0 * degree;
constexpr double widest_pitch = 20.0 * degree;
constexpr double widest_roll = 15.0 * degree;
/// Curves that a mixture moves.
constexpr int mixed_curves = 6;

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): the same plan from
/// the same seed with every compiler.
class Chance {
public:
    explicit Chance(uint64_t seed) : state_(seed) {}
    double share() { return static_cast<double>(next() >> 11) / 9007199254740992.0; }
    double around_zero(double widest) { return (2.0 * share() - 1.0) * widest; }
    size_t below(size_t count) { return static_cast<size_t>(share() * static_cast<double>(count)); }

private:
    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
        return mixed ^ (mixed >> 31);
    }

    uint64_t state_;
};

/// At most six digits behind the point, none that say nothing, as the Unity package writes them.
std::string in_json(double number) {
    char text[64];
    std::snprintf(text, sizeof text, "%.6f", std::isfinite(number) ? number : 0.0);
    std::string digits(text);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (!digits.empty() && digits.back() == '.') digits.pop_back();
    return digits == "-0" ? "0" : digits;
}

std::string in_json(const std::string& text) {
    std::string escaped;
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') escaped += '\\';
        if (static_cast<unsigned char>(letter) >= 0x20) escaped += letter;
    }
    return escaped;
}

}  // namespace

Rotation head_rotation(double yaw, double pitch, double roll) {
    const double cy = std::cos(yaw / 2), sy = std::sin(yaw / 2);
    const double cp = std::cos(pitch / 2), sp = std::sin(pitch / 2);
    const double cr = std::cos(roll / 2), sr = std::sin(roll / 2);
    return {cy * sp * cr + sy * cp * sr, sy * cp * cr - cy * sp * sr, cy * cp * sr - sy * sp * cr,
            cy * cp * cr + sy * sp * sr};
}

std::vector<CaptureShot> capture_plan(const std::vector<std::string>& curves, uint32_t mixtures, uint32_t seed) {
    std::vector<size_t> usable;
    for (size_t i = 0; i < arkit_names.size(); ++i) {
        for (const std::string& curve : curves) {
            if (CurveMapping::key(curve) != CurveMapping::key(arkit_names[i])) continue;
            usable.push_back(i);
            break;
        }
    }
    const CaptureShot rest{std::vector<float>(arkit_names.size(), 0.0f)};
    std::vector<CaptureShot> shots{rest};
    for (const size_t curve : usable) {
        for (const float value : {0.5f, 1.0f}) {
            shots.push_back(rest);
            shots.back().values[curve] = value;
        }
    }
    for (const double share : {-1.0, -0.5, 0.5, 1.0}) {
        for (const auto& [yaw, pitch, roll] : {std::array{widest_yaw, 0.0, 0.0}, std::array{0.0, widest_pitch, 0.0},
                                               std::array{0.0, 0.0, widest_roll}}) {
            shots.push_back(rest);
            shots.back().head = head_rotation(share * yaw, share * pitch, share * roll);
        }
    }
    Chance chance(seed);
    for (uint32_t i = 0; i < mixtures; ++i) {
        shots.push_back(rest);
        for (int j = 0; j < mixed_curves && !usable.empty(); ++j) {
            const size_t curve = usable[chance.below(usable.size())];
            shots.back().values[curve] = static_cast<float>(chance.share());
        }
        const double yaw = chance.around_zero(widest_yaw);
        const double pitch = chance.around_zero(widest_pitch);
        shots.back().head = head_rotation(yaw, pitch, chance.around_zero(widest_roll));
    }
    return shots;
}

std::string capture_line(const CaptureShot& shot, const std::string& picture, double fov_degrees, double distance,
                         uint32_t width, uint32_t height) {
    std::string line = "{\"picture\": \"" + in_json(picture) + "\", \"width\": " + std::to_string(width) +
                       ", \"height\": " + std::to_string(height) + ", \"fov_deg\": " + in_json(fov_degrees) +
                       ", \"distance_m\": " + in_json(distance) + ", \"head\": [";
    for (size_t i = 0; i < shot.head.size(); ++i) line += (i == 0 ? "" : ", ") + in_json(shot.head[i]);
    line += "], \"position\": [0, 0, 0], \"gaze\": [0, 0], \"curves\": \"arkit52\", \"values\": {";
    for (size_t i = 0; i < shot.values.size() && i < arkit_names.size(); ++i) {
        line += (i == 0 ? "\"" : ", \"") + std::string(arkit_names[i]) + "\": " + in_json(shot.values[i]);
    }
    return line + "}}";
}

}  // namespace echo
