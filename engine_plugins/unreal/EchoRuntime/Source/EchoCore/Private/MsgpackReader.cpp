// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/MsgpackReader.h"

#include <cmath>
#include <cstring>

#include "EchoCore/Limits.h"

namespace echo::msgpack {

namespace {

uint64_t big_endian(const uint8_t* bytes, size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | bytes[i];
    return value;
}

}  // namespace

bool Reader::fail(const char* why) {
    why_ = why;
    at_ = end_;
    return false;
}

bool Reader::take(size_t count, const uint8_t*& bytes) {
    if (static_cast<size_t>(end_ - at_) < count) return fail("it is cut short");
    bytes = at_;
    at_ += count;
    return true;
}

bool Reader::take_length(size_t width, size_t& length) {
    const uint8_t* bytes = nullptr;
    if (!take(width, bytes)) return false;
    length = static_cast<size_t>(big_endian(bytes, width));
    return true;
}

Kind Reader::peek() const {
    if (at_ == end_) return Kind::end;
    const uint8_t first = *at_;
    if (first <= 0x7f || first >= 0xe0) return Kind::integer;
    if (first <= 0x8f) return Kind::map;
    if (first <= 0x9f) return Kind::array;
    if (first <= 0xbf) return Kind::text;
    switch (first) {
        case 0xc0:
            return Kind::nil;
        case 0xc2:
        case 0xc3:
            return Kind::boolean;
        case 0xc4:
        case 0xc5:
        case 0xc6:
            return Kind::binary;
        case 0xca:
        case 0xcb:
            return Kind::real;
        case 0xd9:
        case 0xda:
        case 0xdb:
            return Kind::text;
        case 0xdc:
        case 0xdd:
            return Kind::array;
        case 0xde:
        case 0xdf:
            return Kind::map;
        default:
            return first >= 0xcc && first <= 0xd3 ? Kind::integer : Kind::refused;
    }
}

bool Reader::read_nil() {
    if (peek() != Kind::nil) return fail("a nil was expected");
    ++at_;
    return true;
}

bool Reader::read_boolean(bool& value) {
    if (peek() != Kind::boolean) return fail("true or false was expected");
    value = *at_++ == 0xc3;
    return true;
}

bool Reader::read_number(Number& value) {
    const Kind kind = peek();
    if (kind != Kind::integer && kind != Kind::real) return fail("a number was expected");
    value = Number{};
    const uint8_t first = *at_++;
    if (first <= 0x7f) {
        value.magnitude = first;
        return true;
    }
    if (first >= 0xe0) {
        value.negative = true;
        value.magnitude = 256u - first;
        return true;
    }
    const uint8_t* bytes = nullptr;
    if (kind == Kind::real) {
        value.whole = false;
        if (!take(first == 0xca ? 4 : 8, bytes)) return false;
        if (first == 0xca) {
            const uint32_t bits = static_cast<uint32_t>(big_endian(bytes, 4));
            float single = 0.0f;
            std::memcpy(&single, &bits, sizeof single);
            value.real = static_cast<double>(single);
        } else {
            const uint64_t bits = big_endian(bytes, 8);
            std::memcpy(&value.real, &bits, sizeof value.real);
        }
        return std::isfinite(value.real) || fail("it holds a number that is not finite");
    }
    const size_t width = size_t{1} << (first & 3);  // cc cd ce cf unsigned, d0 d1 d2 d3 signed
    if (!take(width, bytes)) return false;
    value.magnitude = big_endian(bytes, width);
    if (first >= 0xd0 && (bytes[0] & 0x80) != 0) {
        value.negative = true;
        const uint64_t sign_extension = width == 8 ? 0 : ~uint64_t{0} << (8 * width);
        value.magnitude = ~(value.magnitude | sign_extension) + 1;
    }
    return true;
}

bool Reader::read_text(std::string_view& value) {
    if (peek() != Kind::text) return fail("text was expected");
    const uint8_t first = *at_++;
    size_t length = first & 0x1f;
    if (first >= 0xd9 && !take_length(size_t{1} << (first - 0xd9), length)) return false;
    const uint8_t* bytes = nullptr;
    if (!take(length, bytes)) return false;
    if (!is_utf8({bytes, length})) return fail("it holds text that is not UTF-8");
    value = {reinterpret_cast<const char*>(bytes), length};
    return true;
}

bool Reader::read_binary(Bytes& value) {
    if (peek() != Kind::binary) return fail("binary was expected");
    const uint8_t first = *at_++;
    size_t length = 0;
    if (!take_length(size_t{1} << (first - 0xc4), length)) return false;
    const uint8_t* bytes = nullptr;
    if (!take(length, bytes)) return false;
    value = {bytes, length};
    return true;
}

bool Reader::enter(size_t count, size_t least_bytes, uint32_t& entries) {
    // every entry has at least so many bytes: what is claimed beyond them cannot be there
    if (count > static_cast<size_t>(end_ - at_) / least_bytes) return fail("it is cut short");
    if (++depth_ > limits::header_depth) return fail("it is nested deeper than 8 maps and arrays");
    entries = static_cast<uint32_t>(count);
    return true;
}

bool Reader::read_array(uint32_t& count) {
    if (peek() != Kind::array) return fail("an array was expected");
    const uint8_t first = *at_++;
    size_t length = first & 0x0f;
    if (first >= 0xdc && !take_length(first == 0xdc ? 2 : 4, length)) return false;
    return enter(length, 1, count);
}

bool Reader::read_map(uint32_t& count) {
    if (peek() != Kind::map) return fail("a map was expected");
    const uint8_t first = *at_++;
    size_t length = first & 0x0f;
    if (first >= 0xde && !take_length(first == 0xde ? 2 : 4, length)) return false;
    if (length > limits::map_entries) return fail("a map has more than 128 entries");
    return enter(length, 2, count);
}

bool Reader::skip() {
    uint32_t count = 0;
    switch (peek()) {
        case Kind::nil:
            return read_nil();
        case Kind::boolean: {
            bool value = false;
            return read_boolean(value);
        }
        case Kind::integer:
        case Kind::real: {
            Number value;
            return read_number(value);
        }
        case Kind::text: {
            std::string_view value;
            return read_text(value);
        }
        case Kind::binary: {
            Bytes value;
            return read_binary(value);
        }
        case Kind::array:
            if (!read_array(count)) return false;
            for (uint32_t i = 0; i < count; ++i) {
                if (!skip()) return false;
            }
            leave();
            return true;
        case Kind::map: {
            if (!read_map(count)) return false;
            const uint8_t* entries = at_;
            for (uint32_t i = 0; i < count; ++i) {
                std::string_view key;
                const Bytes before{entries, static_cast<size_t>(at_ - entries)};
                if (peek() != Kind::text) return fail("a map has a key that is no text");
                if (!read_text(key)) return false;
                if (has_key(before, i, key)) return fail("a map has the same key twice");
                if (!skip()) return false;
            }
            leave();
            return true;
        }
        case Kind::end:
            return fail("it is cut short");
        case Kind::refused:
            break;
    }
    return fail("it holds an extension type, which is not allowed");
}

bool Reader::read_slice(Bytes& value) {
    const uint8_t* first = at_;
    if (!skip()) return false;
    value = {first, static_cast<size_t>(at_ - first)};
    return true;
}

bool has_key(Bytes entries, uint32_t count, std::string_view key) {
    Reader reader(entries);
    for (uint32_t i = 0; i < count; ++i) {
        std::string_view earlier;
        if (!reader.read_text(earlier)) return false;
        if (earlier == key) return true;
        if (!reader.skip()) return false;
    }
    return false;
}

bool is_utf8(Bytes text) {
    const uint8_t* at = text.data;
    const uint8_t* end = at + text.size;
    while (at != end) {
        const uint8_t first = *at++;
        if (first < 0x80) continue;
        // the range of the second byte excludes longer forms than needed, surrogates, and all above U+10FFFF
        int following = 0;
        uint8_t low = 0x80;
        uint8_t high = 0xbf;
        if (first >= 0xc2 && first <= 0xdf) {
            following = 1;
        } else if (first >= 0xe0 && first <= 0xef) {
            following = 2;
            if (first == 0xe0) low = 0xa0;
            if (first == 0xed) high = 0x9f;
        } else if (first >= 0xf0 && first <= 0xf4) {
            following = 3;
            if (first == 0xf0) low = 0x90;
            if (first == 0xf4) high = 0x8f;
        } else {
            return false;
        }
        for (; following > 0; --following, low = 0x80, high = 0xbf) {
            if (at == end || *at < low || *at > high) return false;
            ++at;
        }
    }
    return true;
}

}  // namespace echo::msgpack
