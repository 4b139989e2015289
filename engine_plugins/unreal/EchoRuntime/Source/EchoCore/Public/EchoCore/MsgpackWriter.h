// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string_view>

#include "EchoCore/Api.h"
#include "EchoCore/Bytes.h"

namespace echo::msgpack {

/// Writes msgpack into a buffer of the caller's: integers and lengths in their shortest form, reals as float64. What
/// does not fit is not written, and `fits` is false from then on.
class ECHOCORE_API Writer {
public:
    Writer(uint8_t* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) {}

    void nil();
    void boolean(bool value);
    void whole(int64_t value);
    void natural(uint64_t value);
    void real(double value);
    void text(std::string_view value);
    void binary(Bytes value);
    /// `count` values, or pairs of a key and a value, follow.
    void array(uint32_t count);
    void map(uint32_t count);
    /// A value that is encoded already.
    void slice(Bytes value);

    bool fits() const { return fits_; }
    Bytes written() const { return {buffer_, size_}; }

private:
    void put(uint8_t first);
    void put_number(uint8_t first, uint64_t value, size_t width);
    void put_bytes(Bytes bytes);

    uint8_t* buffer_;
    size_t capacity_;
    size_t size_ = 0;
    bool fits_ = true;
};

}  // namespace echo::msgpack
