// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/CurveMapping.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

namespace echo {

namespace {

constexpr size_t nowhere = SIZE_MAX;

std::map<std::string, size_t> by_key(const std::vector<std::string>& names) {
    std::map<std::string, size_t> found;
    for (size_t i = 0; i < names.size(); ++i) found.emplace(CurveMapping::key(names[i]), i);
    return found;
}

size_t at(const std::map<std::string, size_t>& names, const std::string& name) {
    const auto found = names.find(CurveMapping::key(name));
    return found == names.end() ? nowhere : found->second;
}

}  // namespace

std::string CurveMapping::key(std::string_view name) {
    name = name.substr(name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.') + 1);
    std::string side;
    if (name.size() > 2 && (name[name.size() - 2] == '_' || name[name.size() - 2] == '-')) {
        const char last = name.back();
        if (last == 'L' || last == 'l') side = "left";
        if (last == 'R' || last == 'r') side = "right";
        if (!side.empty()) name.remove_suffix(2);
    }
    std::string key;
    for (const char letter : name) {
        if (letter >= 'A' && letter <= 'Z') {
            key += static_cast<char>(letter - 'A' + 'a');
        } else if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')) {
            key += letter;
        }
    }
    return key + side;
}

size_t CurveMapping::bind(const std::vector<std::string>& sources, const std::vector<std::string>& available,
                          const std::vector<CurveRule>& rules) {
    source_count_ = sources.size();
    links_.clear();
    limits_.clear();
    targets_.clear();
    missing_.clear();
    std::vector<CurveRule> wanted = rules;
    if (wanted.empty()) {
        for (const std::string& source : sources) wanted.push_back({source, source});
    }
    const auto source_at = by_key(sources);
    const auto available_at = by_key(available);
    std::map<size_t, size_t> target_at;
    for (const CurveRule& rule : wanted) {
        const size_t source = at(source_at, rule.source);
        const size_t place = at(available_at, rule.target);
        if (source == nowhere || place == nowhere) {
            missing_.push_back(source == nowhere ? rule.source : rule.target);
            continue;
        }
        const auto [entry, is_new] = target_at.emplace(place, targets_.size());
        if (is_new) {
            targets_.push_back(available[place]);
            limits_.push_back({rule.offset, std::min(rule.low, rule.high), std::max(rule.low, rule.high)});
        }
        links_.push_back({source, entry->second, rule.gain});
    }
    return targets_.size();
}

void CurveMapping::apply(const float* values, size_t count, float* out, float strength) const {
    for (size_t i = 0; i < targets_.size(); ++i) out[i] = limits_[i].offset;
    for (const Link& link : links_) {
        if (link.source >= count) continue;
        const float value = values[link.source];
        if (std::isfinite(value)) out[link.target] += value * link.gain * strength;
    }
    for (size_t i = 0; i < targets_.size(); ++i) out[i] = std::clamp(out[i], limits_[i].low, limits_[i].high);
}

}  // namespace echo
