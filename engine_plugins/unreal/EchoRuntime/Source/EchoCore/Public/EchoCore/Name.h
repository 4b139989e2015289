// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstring>
#include <string_view>

#include "EchoCore/Limits.h"

namespace echo {

/// A short text of at most 64 bytes that lives inside the value: copied without allocation, and without a lifetime.
/// Which letters are allowed is the codec's business; a longer text makes a name that is not `valid` and is never sent.
class Name {
public:
    Name() = default;
    Name(std::string_view text) {  // NOLINT: names are written as texts
        if (text.size() > limits::name_bytes) {
            too_long_ = true;
            return;
        }
        if (!text.empty()) std::memcpy(text_, text.data(), text.size());
        size_ = static_cast<uint8_t>(text.size());
    }
    Name(const char* text) : Name(std::string_view(text)) {}  // NOLINT

    bool valid() const { return !too_long_; }
    bool empty() const { return size_ == 0; }
    std::string_view view() const { return {text_, size_}; }
    /// Ends with a zero byte.
    const char* c_str() const { return text_; }

    friend bool operator==(const Name& a, const Name& b) { return a.view() == b.view() && a.valid() == b.valid(); }
    friend bool operator!=(const Name& a, const Name& b) { return !(a == b); }

private:
    char text_[limits::name_bytes + 1] = {};
    uint8_t size_ = 0;
    bool too_long_ = false;
};

}  // namespace echo
