// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace echo {

/// Remembers what has been said, so that a log says each thing once and not in every frame. At most 256 things; then
/// the oldest may be said again. One thread.
class SaidOnce {
public:
    /// Whether this is said for the first time.
    bool first(std::string_view text) {
        if (std::find(said_.begin(), said_.end(), text) != said_.end()) return false;
        if (said_.size() == most) said_.erase(said_.begin());
        said_.emplace_back(text);
        return true;
    }
    /// It has become true again: it may be said anew.
    void forget() { said_.clear(); }

private:
    static constexpr size_t most = 256;
    std::vector<std::string> said_;
};

}  // namespace echo
