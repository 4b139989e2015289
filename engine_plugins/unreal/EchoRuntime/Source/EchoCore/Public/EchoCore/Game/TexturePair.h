// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>
#include <string>

#include "EchoCore/Api.h"
#include "EchoCore/Streams.h"

namespace echo {

/// Which of two textures takes the next picture, and when both must be made anew because size or format have changed. A
/// picture is written into the one that is not shown, so that the renderer never reads what is being written. Pure; one
/// thread.
class ECHOCORE_API TexturePair {
public:
    enum class Step : uint8_t {
        /// Write into `back()`, then call `written`.
        write,
        /// Make both textures anew at `width()` × `height()`, then write.
        create,
        /// The picture cannot be used; `trouble()` says why.
        skip,
    };

    /// `bytes`: size of the payload.
    Step next(const Video& header, size_t bytes);
    /// The picture lies in `back()`: it is shown from now on.
    void written() { front_ = back(); }
    /// The textures are gone.
    void reset() { width_ = height_ = 0; }

    int front() const { return front_; }
    int back() const { return 1 - front_; }
    uint32_t width() const { return width_; }
    uint32_t height() const { return height_; }
    /// Red stands first in each pixel (`rgba8`), not blue (`bgra8`): textures are of that format.
    bool red_first() const { return red_first_; }
    const std::string& trouble() const { return trouble_; }

private:
    int front_ = 0;
    uint32_t width_ = 0;
    uint32_t height_ = 0;
    bool red_first_ = false;
    std::string trouble_;
};

}  // namespace echo
