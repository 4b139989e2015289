// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace echo {

/// A view of bytes that somebody else owns.
struct Bytes {
    const uint8_t* data = nullptr;
    size_t size = 0;

    Bytes() = default;
    Bytes(const uint8_t* first, size_t count) : data(first), size(count) {}
    explicit Bytes(std::string_view text) : data(reinterpret_cast<const uint8_t*>(text.data())), size(text.size()) {}

    bool empty() const { return size == 0; }
    std::string_view text() const { return {reinterpret_cast<const char*>(data), size}; }
};

}  // namespace echo
