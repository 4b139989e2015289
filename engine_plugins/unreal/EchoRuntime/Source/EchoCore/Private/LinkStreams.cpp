// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Jpeg.h"
#include "Link.h"

/// What the runtime publishes on the cues and video sockets.
namespace echo {

namespace {

/// Messages that are taken from one socket before the others are looked at again.
constexpr int most_at_once = 256;

/// What a payload must be beside its size: finite values, and a JPEG file of the size that its header announces.
template <class Message>
bool is_well_formed(const Message&, Bytes) {
    return true;
}

bool is_well_formed(const Coefficients&, Bytes body) {
    return are_finite(body);
}

bool is_well_formed(const Video& header, Bytes body) {
    return header.format != "jpeg" || examine_jpeg(header, body).ok();
}

}  // namespace

void Link::receive_stream(zmq::Socket& socket, const char* stream) {
    zmq::Part topic_part(library_);
    zmq::Part header(library_);
    zmq::Part payload(library_);
    for (int i = 0; i < most_at_once; ++i) {
        if (!topic_part.receive(socket)) return;
        const bool three = topic_part.more() && header.receive(socket) && header.more() && payload.receive(socket);
        bool more = three ? payload.more() : false;
        if (three && !more) {
            if (!read_published(topic_part.bytes(), header.bytes(), payload, stream)) ++malformed;
            continue;
        }
        ++malformed;
        while (more && payload.receive(socket)) more = payload.more();
    }
}

template <class Message>
std::shared_ptr<NpcFeed> Link::take_in(Bytes topic_bytes, Bytes header, zmq::Part& payload, StreamKind kind,
                                       const char* stream, Message& message) {
    const Bytes body = payload.bytes();
    std::array<uint8_t, limits::topic_bytes> buffer;
    if (!decode(header, body.size, message) || topic(stream, message.npc, buffer).text() != topic_bytes.text() ||
        !is_well_formed(message, body)) {
        ++malformed;
        return nullptr;
    }
    std::shared_ptr<NpcFeed> feed = feeds.find(message.npc);
    if (feed == nullptr) {
        ++unwanted;
        return nullptr;
    }
    return feed->accept(kind, message, run_) ? feed : nullptr;
}

bool Link::read_published(Bytes topic_bytes, Bytes header, zmq::Part& payload, const char* stream) {
    std::string_view type;
    if (!type_of(header, type)) return false;
    const bool video = stream[0] == 'v';
    if (video && type == "video") {
        Video message;
        const auto feed = take_in(topic_bytes, header, payload, StreamKind::video, stream, message);
        if (feed != nullptr) {
            feed->put(message, Payload(payload), monotonic_us() + offset_us);
            if (settings_.on_frame) settings_.on_frame(message, monotonic_us() + offset_us);
        }
    } else if (!video && type == "coefficients") {
        Coefficients message;
        const auto feed = take_in(topic_bytes, header, payload, StreamKind::coefficients, stream, message);
        if (feed != nullptr) feed->put(message, payload.bytes());
    } else if (!video && type == "speech") {
        Speech message;
        const auto feed = take_in(topic_bytes, header, payload, StreamKind::speech, stream, message);
        if (feed != nullptr) feed->put(message, payload.bytes());
    } else if (!video && type == "event") {
        Event message;
        const auto feed = take_in(topic_bytes, header, payload, StreamKind::event, stream, message);
        if (feed != nullptr) feed->put(message);
    } else if (is_known(type)) {
        return false;
    } else {
        ++unknown;
    }
    return true;
}

}  // namespace echo
