// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstddef>
#include <cstdint>

/// The numbers of Echo protocol 1 (bridge/PROTOCOL.md, "Limits" and "Liveness").
namespace echo::limits {

constexpr uint16_t protocol_major = 1;
constexpr uint16_t protocol_minor = 0;
constexpr uint16_t default_control_port = 27810;

constexpr size_t header_bytes = 4096;
/// Maps and arrays inside each other; the header's own map is the first.
constexpr int header_depth = 8;
/// Of any map in a header.
constexpr uint32_t map_entries = 128;
constexpr size_t name_bytes = 64;
constexpr size_t text_bytes = 2048;
constexpr size_t sentence_bytes = 512;
/// `video/` and `cues/` with a name and the last slash.
constexpr size_t topic_bytes = 6 + name_bytes + 1;
constexpr uint32_t picture_side = 4096;
constexpr size_t video_bytes = size_t{4} * picture_side * picture_side;
constexpr size_t jpeg_least_bytes = 4;
constexpr size_t sound_bytes = size_t{1} << 20;
constexpr uint32_t curves = 512;
/// What a control socket takes in at all; a larger part ends the connection before anything is allocated.
constexpr size_t control_message_bytes = size_t{4} << 20;

constexpr int heartbeat_ms = 1000;
constexpr int heartbeat_timeout_ms = 3000;
constexpr int64_t ping_us = 1'000'000;
/// A peer from which nothing has come for so long is gone.
constexpr int64_t silence_us = 5'000'000;
/// Pictures of all NPCs together that the receiving thread may find waiting: more than the runtime lets wait, so that
/// none is lost here.
constexpr int video_backlog = 128;
/// Ten seconds of coefficients, speech and events; also of pictures where the runtime's clock is virtual.
constexpr int cues_backlog = 1000;
/// Sound that `Speaker` lets wait in the runtime.
constexpr int64_t speech_ahead_us = 2'000'000;

}  // namespace echo::limits
