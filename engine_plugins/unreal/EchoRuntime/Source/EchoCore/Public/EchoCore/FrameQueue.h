// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <array>
#include <cstdint>
#include <utility>

namespace echo {

/// Frames waiting for their time: shows the newest one that is due, and never an older one than it has shown. Pure; one
/// thread at a time. Holds at most `Size` waiting frames: the oldest gives way to a newer one.
template <class Item, size_t Size = 64>
class FrameQueue {
public:
    /// False if the frame is of a lower epoch, or not newer than the last. A higher epoch throws away what waits.
    bool push(int64_t pts_us, Item&& item, int64_t epoch = 0) {
        if (epoch < epoch_) return false;
        if (epoch > epoch_) {
            raise(epoch);
            if (has_shown_ && pts_us <= shown_.pts) has_shown_ = false;  // time may begin anew
        }
        if (count_ != 0 ? pts_us <= waiting(count_ - 1).pts : has_shown_ && pts_us <= shown_.pts) return false;
        if (count_ == Size) drop_first();
        ++count_;
        waiting(count_ - 1) = {pts_us, std::move(item)};
        return true;
    }

    /// An interrupt is known: throws away what waits of lower epochs.
    void raise(int64_t epoch) {
        if (epoch <= epoch_) return;
        epoch_ = epoch;
        while (count_ != 0) drop_first();
    }

    /// The newest frame with pts ≤ `time_us`, or the one shown last; nullptr before the first. It stays here.
    Item* show(int64_t time_us) {
        while (count_ != 0 && waiting(0).pts <= time_us) {
            std::swap(shown_, waiting(0));
            has_shown_ = true;
            drop_first();
        }
        return has_shown_ ? &shown_.item : nullptr;
    }

    size_t size() const { return count_; }

private:
    struct Waiting {
        int64_t pts = 0;
        Item item{};
    };

    Waiting& waiting(size_t i) { return ring_[(first_ + i) % Size]; }
    void drop_first() {
        waiting(0).item = Item{};  // a frame holds memory: it goes now, not when its cell is needed
        first_ = (first_ + 1) % Size;
        --count_;
    }

    std::array<Waiting, Size> ring_{};
    size_t first_ = 0;
    size_t count_ = 0;
    Waiting shown_{};
    bool has_shown_ = false;
    int64_t epoch_ = 0;
};

}  // namespace echo
