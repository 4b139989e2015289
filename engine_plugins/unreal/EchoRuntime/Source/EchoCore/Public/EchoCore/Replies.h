// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string_view>

#include "EchoCore/Bytes.h"
#include "EchoCore/Name.h"
#include "EchoCore/Values.h"

/// What the runtime sends on the control socket. Texts and encoded values of a decoded message are views of the bytes
/// that it was decoded from.
namespace echo {

struct Welcome {
    Version proto;
    Name session;
    bool returned = false;
    Name run;
    int64_t now = 0;
    /// A msgpack map of port numbers: control, cues, video.
    Bytes ports;
    /// A msgpack map of lists of names.
    Bytes curve_sets;
    /// Msgpack lists of names.
    Bytes formats;
    Bytes caps;
    Name runtime;
};

struct Error {
    Name code;
    std::string_view text;
    /// A msgpack list of [major, minor].
    Bytes supported;
};

struct Ack {
    uint64_t id = 0;
    int64_t buffered_us = 0;
};

struct Done {
    uint64_t id = 0;
    /// A msgpack map.
    Bytes result;
};

struct Failed {
    uint64_t id = 0;
    Name code;
    std::string_view text;
};

struct Pong {
    uint64_t id = 0;
    int64_t sent = 0;
    int64_t received = 0;
    int64_t answered = 0;
};

struct Closing {
    Name code;
    std::string_view text;
};

}  // namespace echo
