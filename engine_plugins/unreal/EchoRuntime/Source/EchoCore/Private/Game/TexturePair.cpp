// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/TexturePair.h"

#include "EchoCore/Limits.h"

namespace echo {

TexturePair::Step TexturePair::next(const Video& header, size_t bytes) {
    const bool bgra = header.format == Name("bgra8");
    if (!bgra && header.format != Name("rgba8")) {
        trouble_ = "Pictures of the format '" + std::string(header.format.view()) +
                   "' cannot be shown: run the runtime with --picture-format bgra8.";
        return Step::skip;
    }
    if (header.width == 0 || header.height == 0 || header.width > limits::picture_side ||
        header.height > limits::picture_side || header.stride < 4 * header.width ||
        bytes < static_cast<size_t>(header.stride) * header.height) {
        trouble_ = "A picture of " + std::to_string(header.width) + " x " + std::to_string(header.height) + " with " +
                   std::to_string(bytes) + " bytes cannot be shown: it is damaged.";
        return Step::skip;
    }
    trouble_.clear();
    if (header.width == width_ && header.height == height_ && red_first_ == !bgra) return Step::write;
    red_first_ = !bgra;
    width_ = header.width;
    height_ = header.height;
    return Step::create;
}

}  // namespace echo
