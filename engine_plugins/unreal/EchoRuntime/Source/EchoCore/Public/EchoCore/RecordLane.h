// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <type_traits>

#include "EchoCore/Bytes.h"

namespace echo {

/// A bounded queue of records from one thread to one other: a head of a fixed type and a body of bytes. All memory is
/// allocated at construction; neither side waits. A record that does not fit is refused: the reader has fallen behind.
template <class Head>
class RecordLane {
    static_assert(std::is_trivially_copyable_v<Head>, "a head is copied as bytes");

public:
    /// `capacity`: bytes, rounded up to a power of two. A record takes its head, its body, and up to 16 bytes more.
    explicit RecordLane(size_t capacity) {
        while (size_ < capacity) size_ *= 2;
        memory_.reset(new uint8_t[size_]);
    }

    /// Writing thread. False if there is no room.
    bool put(const Head& head, Bytes body) {
        const size_t needed = record_bytes(body.size);
        uint64_t at = written_.load(std::memory_order_relaxed);
        const uint64_t freed = read_.load(std::memory_order_acquire);
        size_t offset = static_cast<size_t>(at) & (size_ - 1);
        // a record lies in one piece: the rest of the ring is skipped when it is too short
        const size_t skipped = size_ - offset < needed ? size_ - offset : 0;
        if (needed > size_ || size_ - (at - freed) < skipped + needed) return false;
        if (skipped != 0) {
            mark(offset, skip_mark);
            at += skipped;
            offset = 0;
        }
        mark(offset, body.size);
        std::memcpy(memory_.get() + offset + prefix, &head, sizeof head);
        if (!body.empty()) std::memcpy(memory_.get() + offset + prefix + sizeof head, body.data, body.size);
        written_.store(at + needed, std::memory_order_release);
        return true;
    }

    /// Reading thread: the oldest record; `body` is valid until `pop`. False if there is none.
    bool front(Head& head, Bytes& body) {
        uint64_t at = read_.load(std::memory_order_relaxed);
        if (at == written_.load(std::memory_order_acquire)) return false;
        size_t offset = static_cast<size_t>(at) & (size_ - 1);
        uint64_t length = marked(offset);
        if (length == skip_mark) {
            at += size_ - offset;
            offset = 0;
            length = marked(offset);
            read_.store(at, std::memory_order_release);
        }
        std::memcpy(&head, memory_.get() + offset + prefix, sizeof head);
        body = {memory_.get() + offset + prefix + sizeof head, static_cast<size_t>(length)};
        return true;
    }

    /// Reading thread: frees the record that `front` gave.
    void pop() {
        const uint64_t at = read_.load(std::memory_order_relaxed);
        const size_t offset = static_cast<size_t>(at) & (size_ - 1);
        read_.store(at + record_bytes(static_cast<size_t>(marked(offset))), std::memory_order_release);
    }

private:
    static constexpr size_t prefix = 8;
    static constexpr uint64_t skip_mark = ~uint64_t{0};

    static size_t record_bytes(size_t body) { return (prefix + sizeof(Head) + body + 7) & ~size_t{7}; }
    void mark(size_t offset, uint64_t value) { std::memcpy(memory_.get() + offset, &value, sizeof value); }
    uint64_t marked(size_t offset) const {
        uint64_t value = 0;
        std::memcpy(&value, memory_.get() + offset, sizeof value);
        return value;
    }

    size_t size_ = 1024;
    std::unique_ptr<uint8_t[]> memory_;
    std::atomic<uint64_t> written_{0};
    std::atomic<uint64_t> read_{0};
};

}  // namespace echo
