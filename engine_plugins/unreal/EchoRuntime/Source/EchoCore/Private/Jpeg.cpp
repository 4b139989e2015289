// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Jpeg.h"

namespace echo {

namespace {

constexpr uint8_t start_of_image = 0xd8;
constexpr uint8_t start_of_scan = 0xda;

unsigned big_endian_16(const uint8_t* bytes) {
    return static_cast<unsigned>(bytes[0]) << 8 | bytes[1];
}

}  // namespace

Outcome examine_jpeg(const Video& header, Bytes file) {
    const Outcome broken = Outcome::failure(Code::malformed, "%zu bytes of a picture are no JPEG file.", file.size);
    if (file.size < limits::jpeg_least_bytes || file.data[0] != 0xff || file.data[1] != start_of_image) return broken;
    for (size_t at = 2; at + 4 <= file.size;) {
        if (file.data[at] != 0xff) return broken;
        const uint8_t marker = file.data[at + 1];
        if (marker == 0xff) {  // a byte that only fills
            ++at;
            continue;
        }
        const size_t length = big_endian_16(file.data + at + 2);
        if (marker == start_of_scan || length < 2 || file.size - at - 2 < length) return broken;
        if (marker >= 0xc0 && marker <= 0xc2) {
            if (length < 7) return broken;
            const unsigned height = big_endian_16(file.data + at + 5);
            const unsigned width = big_endian_16(file.data + at + 7);
            if (width == header.width && height == header.height) return {};
            return Outcome::failure(Code::malformed, "video announces %ux%u pixels, and its JPEG file has %ux%u.",
                                    header.width, header.height, width, height);
        }
        at += 2 + length;
    }
    return broken;
}

}  // namespace echo
