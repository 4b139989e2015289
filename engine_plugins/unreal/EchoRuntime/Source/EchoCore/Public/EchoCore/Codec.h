// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <array>

#include "EchoCore/Api.h"
#include "EchoCore/Bytes.h"
#include "EchoCore/Commands.h"
#include "EchoCore/Limits.h"
#include "EchoCore/Outcome.h"
#include "EchoCore/Replies.h"
#include "EchoCore/Streams.h"

/// Headers to messages and back (bridge/PROTOCOL.md, "Encoding"). Works in the caller's memory and allocates nothing;
/// may be called from any thread.
namespace echo {

/// The bytes of one header, ready to be sent.
struct Header {
    std::array<uint8_t, limits::header_bytes> buffer;
    size_t size = 0;

    Bytes bytes() const { return {buffer.data(), size}; }
};

/// Writes `message`, byte for byte as the golden vectors. Every value and the size of the payload are checked, so that
/// nothing malformed leaves this side. For all structs of Commands.h, Replies.h and Streams.h.
template <class Message>
ECHOCORE_API Outcome encode(const Message& message, size_t payload_bytes, Header& header);

/// The type `t` of a header, a view of its bytes. Checks all of the header but the fields of its type.
ECHOCORE_API Outcome type_of(Bytes header, std::string_view& type);

/// Reads a header of the type of `message`, whose fields must be fresh. Texts and encoded values of the message are
/// views of `header`. Unknown keys are skipped; a missing field keeps its default or is refused.
template <class Message>
ECHOCORE_API Outcome decode(Bytes header, size_t payload_bytes, Message& message);

/// Whether this version knows a type of message.
ECHOCORE_API bool is_known(std::string_view type);

/// `video/<npc>/` or `cues/<npc>/`; without an NPC the prefix of all. A view of `buffer`.
ECHOCORE_API Bytes topic(std::string_view stream, const Name& npc, std::array<uint8_t, limits::topic_bytes>& buffer);

/// Whether all of a payload of float32, little-endian, are finite numbers.
ECHOCORE_API bool are_finite(Bytes float32);

}  // namespace echo
