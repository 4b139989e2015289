// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string_view>

#include "EchoCore/Bytes.h"
#include "EchoCore/Limits.h"
#include "EchoCore/Name.h"
#include "EchoCore/Values.h"

/// What an engine sends on the control socket; meanings, units and limits are in bridge/PROTOCOL.md, "Commands".
/// Texts and encoded values are views: what they refer to must live until the message has been encoded.
namespace echo {

/// The first message of every connection.
struct Hello {
    Version proto{limits::protocol_major, limits::protocol_minor};
    /// Stays the same for one installation: by it a client finds its session again.
    Name client;
    /// A msgpack list of names; empty bytes are an empty list.
    Bytes caps;
};

/// `id`: unique in a session; 0 wants no answer. `Connection::begin` chooses it.
struct Command {
    uint64_t id = 0;
};

struct OpenNpc : Command {
    Name npc;
    /// "" = the avatar of the NPC's own name.
    Name avatar;
};

struct CloseNpc : Command {
    Name npc;
};

struct ListNpcs : Command {
    Name after;
    uint32_t limit = 16;
};

struct SpeakBegin : Command {
    Name npc;
    uint32_t utt = 0;
    uint32_t rate = 16'000;
    uint32_t channels = 1;
    std::string_view text;
};

/// Payload: PCM16, little-endian, interleaved.
struct SpeakAudio : Command {
    Name npc;
    uint32_t utt = 0;
};

struct SpeakEnd : Command {
    Name npc;
    uint32_t utt = 0;
};

struct SpeakText : Command {
    Name npc;
    std::string_view text;
    Name voice;
    uint32_t utt = 0;
};

struct Interrupt : Command {
    Name npc;
};

struct Emotion : Command {
    Name npc;
    Name name;
    double intensity = 1.0;
};

struct Thinking : Command {
    Name npc;
    bool on = false;
};

struct Attention : Command {
    Name npc;
    double value = 0.0;
};

/// Payload: float32[count], little-endian, in the order of the set `curves`.
struct PlayerFace : Command {
    int64_t pts = 0;
    Name curves = "arkit52";
    uint32_t count = 52;
    Rotation head = no_rotation;
    Position position{};
    Gaze gaze{};
    double validity = 1.0;
    /// A msgpack map of names to shares; empty bytes are an empty map.
    Bytes regions;
    Name source = "engine";
};

/// Payload: PCM16, little-endian, interleaved.
struct PlayerAudio : Command {
    int64_t pts = 0;
    uint32_t rate = 16'000;
    uint32_t channels = 1;
};

struct SayText : Command {
    Name npc;
    Name speaker;
    std::string_view text;
};

struct SaveMemory : Command {
    Name npc;
    Name file;
};

struct LoadMemory : Command {
    Name npc;
    Name file;
};

struct Pause : Command {
    Name npc;
};

struct Resume : Command {
    Name npc;
};

struct CurveNames : Command {
    Name curves;
};

struct Stats : Command {};

struct Ping : Command {
    int64_t sent = 0;
};

struct Advance : Command {
    uint32_t us = 0;
};

struct Bye : Command {};

}  // namespace echo
