// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "EchoCore/Bytes.h"
#include "EchoCore/Name.h"
#include "EchoCore/Values.h"

/// What the runtime publishes; fields and units are in bridge/PROTOCOL.md, "Published messages".
namespace echo {

struct Published {
    Name npc;
    /// Counts from 1, per NPC and type of message.
    uint64_t seq = 0;
    /// Raised by every interrupt of the NPC.
    uint32_t epoch = 0;
    /// The utterance that is being spoken, 0 = none.
    uint32_t utt = 0;
    /// When it is meant to be seen or heard: microseconds on the runtime's clock.
    int64_t pts = 0;
    /// The last value, sent once more for somebody who has just subscribed.
    bool again = false;
};

/// A picture. Payload: height × stride bytes, first row at the top, sRGB, straight alpha; of `jpeg` one file.
struct Video : Published {
    Name origin;
    uint32_t width = 0;
    uint32_t height = 0;
    uint32_t stride = 0;
    Name format;
    Name kind = "portrait";
    double camera_fov = 0.0;
    double camera_distance = 0.0;
    Rotation head = no_rotation;
    Position position{};
    int64_t observed_us = 0;
    int64_t generated_us = 0;
    int64_t published_us = 0;
};

/// A face as numbers. Payload: float32[count], little-endian, in the order of the set `curves`.
struct Coefficients : Published {
    Name origin;
    Name curves;
    uint32_t count = 0;
    Rotation head = no_rotation;
    Position position{};
    Gaze gaze{};
    int64_t observed_us = 0;
    int64_t published_us = 0;
};

/// A piece of the NPC's voice. Payload: PCM16, little-endian, interleaved.
struct Speech : Published {
    uint32_t rate = 0;
    uint32_t channels = 0;
    bool last = false;
    int64_t published_us = 0;
};

struct Event : Published {
    Name name;
    /// A msgpack map; a view of the bytes that the event was decoded from.
    Bytes detail;
};

}  // namespace echo
