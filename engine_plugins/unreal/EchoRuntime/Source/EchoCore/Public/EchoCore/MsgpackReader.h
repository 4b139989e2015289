// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string_view>

#include "EchoCore/Api.h"
#include "EchoCore/Bytes.h"

namespace echo::msgpack {

enum class Kind : uint8_t { nil, boolean, integer, real, text, binary, array, map, refused, end };

/// A number as it stands on the wire.
struct Number {
    bool whole = true;
    bool negative = false;
    /// Of a whole number; of a negative one its distance from zero.
    uint64_t magnitude = 0;
    /// Of a real one.
    double real = 0.0;

    double value() const {
        return !whole ? real : negative ? -static_cast<double>(magnitude) : static_cast<double>(magnitude);
    }
};

/// Reads msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md) from bytes that stay the caller's; texts and
/// slices are views of them. Nothing is allocated: a claimed length is compared with what is really there.
///
/// Every function returns whether it could read; after a false, `why` says what was wrong and the reader is of no
/// further use. Refused everywhere: extension types, keys that are no text or stand twice in a map, text that is not
/// UTF-8, numbers that are not finite, maps of more than 128 entries, nesting deeper than eight.
class ECHOCORE_API Reader {
public:
    /// `depth`: maps and arrays that these bytes stand in already.
    explicit Reader(Bytes bytes, int depth = 0) : at_(bytes.data), end_(bytes.data + bytes.size), depth_(depth) {}

    Kind peek() const;
    bool at_end() const { return at_ == end_; }
    const char* why() const { return why_; }
    const uint8_t* position() const { return at_; }

    bool read_nil();
    bool read_boolean(bool& value);
    bool read_number(Number& value);
    bool read_text(std::string_view& value);
    bool read_binary(Bytes& value);
    /// The number of values that follow, or of pairs of a key and a value. Call `leave` after the last.
    bool read_array(uint32_t& count);
    bool read_map(uint32_t& count);
    void leave() { --depth_; }

    /// Reads past one value of any kind, checking all of it.
    bool skip();
    /// `skip`, with the bytes of the value.
    bool read_slice(Bytes& value);

private:
    bool fail(const char* why);
    bool take(size_t count, const uint8_t*& bytes);
    bool take_length(size_t width, size_t& length);
    bool enter(size_t count, size_t least_bytes, uint32_t& entries);

    const uint8_t* at_;
    const uint8_t* end_;
    int depth_;
    const char* why_ = "";
};

/// Whether bytes are UTF-8 without surrogates and in the shortest form (RFC 3629).
ECHOCORE_API bool is_utf8(Bytes text);

/// Whether `key` stands among the first `count` keys of a map whose entries begin at `entries` and have been checked.
ECHOCORE_API bool has_key(Bytes entries, uint32_t count, std::string_view key);

}  // namespace echo::msgpack
