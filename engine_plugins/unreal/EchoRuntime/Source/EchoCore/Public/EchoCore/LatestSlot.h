// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace echo {

/// The newest of what one thread writes, for one other thread. A triple buffer: neither side ever waits for the other,
/// and nothing is allocated. What the reader has not taken when a newer one comes is overtaken.
template <class T>
class LatestSlot {
public:
    /// Writing thread: makes `value` the newest. What stood in the cell is destroyed here, not in the reader.
    void put(T&& value) {
        cells_[back_] = std::move(value);
        back_ = middle_.exchange(static_cast<uint8_t>(back_ | fresh_bit), std::memory_order_acq_rel) & index_bits;
    }

    /// Reading thread: the newest, if one has come since the last call. It stays the reader's until the next `take`
    /// that finds a newer one; the reader may move from it.
    T* take() {
        if ((middle_.load(std::memory_order_relaxed) & fresh_bit) == 0) return nullptr;
        front_ = middle_.exchange(front_, std::memory_order_acq_rel) & index_bits;
        return &cells_[front_];
    }

    /// Reading thread: whether `take` would find one.
    bool has_newer() const { return (middle_.load(std::memory_order_acquire) & fresh_bit) != 0; }

private:
    static constexpr uint8_t fresh_bit = 4;
    static constexpr uint8_t index_bits = 3;

    T cells_[3];
    std::atomic<uint8_t> middle_{1};
    uint8_t back_ = 0;
    uint8_t front_ = 2;
};

}  // namespace echo
