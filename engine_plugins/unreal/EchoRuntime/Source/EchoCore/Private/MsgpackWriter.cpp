// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/MsgpackWriter.h"

#include <cstring>

namespace echo::msgpack {

void Writer::put(uint8_t first) {
    put_bytes({&first, 1});
}

void Writer::put_bytes(Bytes bytes) {
    if (!fits_ || capacity_ - size_ < bytes.size) {
        fits_ = false;
        return;
    }
    if (bytes.size != 0) std::memcpy(buffer_ + size_, bytes.data, bytes.size);
    size_ += bytes.size;
}

void Writer::put_number(uint8_t first, uint64_t value, size_t width) {
    uint8_t bytes[9] = {first};
    for (size_t i = 0; i < width; ++i) bytes[1 + i] = static_cast<uint8_t>(value >> (8 * (width - 1 - i)));
    put_bytes({bytes, 1 + width});
}

void Writer::nil() {
    put(0xc0);
}

void Writer::boolean(bool value) {
    put(value ? 0xc3 : 0xc2);
}

void Writer::natural(uint64_t value) {
    if (value <= 0x7f) {
        put(static_cast<uint8_t>(value));
    } else if (value <= 0xff) {
        put_number(0xcc, value, 1);
    } else if (value <= 0xffff) {
        put_number(0xcd, value, 2);
    } else if (value <= 0xffffffff) {
        put_number(0xce, value, 4);
    } else {
        put_number(0xcf, value, 8);
    }
}

void Writer::whole(int64_t value) {
    if (value >= 0) {
        natural(static_cast<uint64_t>(value));
    } else if (value >= -32) {
        put(static_cast<uint8_t>(value));
    } else if (value >= INT8_MIN) {
        put_number(0xd0, static_cast<uint64_t>(value), 1);
    } else if (value >= INT16_MIN) {
        put_number(0xd1, static_cast<uint64_t>(value), 2);
    } else if (value >= INT32_MIN) {
        put_number(0xd2, static_cast<uint64_t>(value), 4);
    } else {
        put_number(0xd3, static_cast<uint64_t>(value), 8);
    }
}

void Writer::real(double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    put_number(0xcb, bits, 8);
}

void Writer::text(std::string_view value) {
    const size_t size = value.size();
    if (size <= 31) {
        put(static_cast<uint8_t>(0xa0 | size));
    } else if (size <= 0xff) {
        put_number(0xd9, size, 1);
    } else if (size <= 0xffff) {
        put_number(0xda, size, 2);
    } else {
        put_number(0xdb, size, 4);
    }
    put_bytes(Bytes(value));
}

void Writer::binary(Bytes value) {
    if (value.size <= 0xff) {
        put_number(0xc4, value.size, 1);
    } else if (value.size <= 0xffff) {
        put_number(0xc5, value.size, 2);
    } else {
        put_number(0xc6, value.size, 4);
    }
    put_bytes(value);
}

void Writer::array(uint32_t count) {
    if (count <= 15) {
        put(static_cast<uint8_t>(0x90 | count));
    } else if (count <= 0xffff) {
        put_number(0xdc, count, 2);
    } else {
        put_number(0xdd, count, 4);
    }
}

void Writer::map(uint32_t count) {
    if (count <= 15) {
        put(static_cast<uint8_t>(0x80 | count));
    } else if (count <= 0xffff) {
        put_number(0xde, count, 2);
    } else {
        put_number(0xdf, count, 4);
    }
}

void Writer::slice(Bytes value) {
    put_bytes(value);
}

}  // namespace echo::msgpack
