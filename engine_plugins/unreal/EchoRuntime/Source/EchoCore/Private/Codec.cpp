// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Codec.h"

#include <bitset>
#include <cmath>
#include <cstring>

#include "Schema.h"

namespace echo {

namespace {

Outcome open_header(Bytes header, msgpack::Reader& reader, uint32_t& count) {
    if (header.size > limits::header_bytes) {
        return Outcome::failure(Code::malformed, "The header has %zu bytes; at most %zu are allowed.", header.size,
                                limits::header_bytes);
    }
    if (!reader.read_map(count)) {
        return Outcome::failure(Code::malformed, "The header is not one msgpack map: %s.", reader.why());
    }
    return {};
}

Outcome broken(const msgpack::Reader& reader) {
    return Outcome::failure(Code::malformed, "The header is not one msgpack map: %s.", reader.why());
}

/// The fields of one type of message, found by their keys.
template <class Message>
class Fields {
public:
    static constexpr size_t count = std::tuple_size_v<decltype(Schema<Message>::fields)>;

    /// Reads the value of `key` into its field. `known` is false for a key that the message does not have.
    static Outcome read(std::string_view key, msgpack::Reader& reader, Message& message, std::bitset<count>& seen,
                        bool& known) {
        return read(key, reader, message, seen, known, std::make_index_sequence<count>{});
    }

    static Outcome all_there(const std::bitset<count>& seen) {
        return all_there(seen, std::make_index_sequence<count>{});
    }

    static Outcome write(const Message& message, msgpack::Writer& writer) {
        return write(message, writer, std::make_index_sequence<count>{});
    }

private:
    template <size_t... I>
    static Outcome read(std::string_view key, msgpack::Reader& reader, Message& message, std::bitset<count>& seen,
                        bool& known, std::index_sequence<I...>) {
        Outcome outcome;
        known = (read_one<I>(key, reader, message, seen, outcome) || ...);
        return outcome;
    }

    template <size_t I>
    static bool read_one(std::string_view key, msgpack::Reader& reader, Message& message, std::bitset<count>& seen,
                         Outcome& outcome) {
        constexpr auto& field = std::get<I>(Schema<Message>::fields);
        if (key != field.name) return false;
        if (seen[I]) {
            outcome = kinds::refuse({Schema<Message>::type, field.name}, "stands there twice");
        } else {
            seen[I] = true;
            outcome = field.kind.read({Schema<Message>::type, field.name}, reader, message.*(field.member));
        }
        return true;
    }

    template <size_t... I>
    static Outcome all_there(const std::bitset<count>& seen, std::index_sequence<I...>) {
        Outcome outcome;
        (void)((!std::get<I>(Schema<Message>::fields).required || seen[I] ||
                (outcome =
                     kinds::refuse({Schema<Message>::type, std::get<I>(Schema<Message>::fields).name}, "is missing"),
                 false)) &&
               ...);
        return outcome;
    }

    template <size_t... I>
    static Outcome write(const Message& message, msgpack::Writer& writer, std::index_sequence<I...>) {
        Outcome outcome;
        (void)(write_one<I>(message, writer, outcome) && ...);
        return outcome;
    }

    template <size_t I>
    static bool write_one(const Message& message, msgpack::Writer& writer, Outcome& outcome) {
        constexpr auto& field = std::get<I>(Schema<Message>::fields);
        writer.text(field.name);
        outcome = field.kind.write({Schema<Message>::type, field.name}, writer, message.*(field.member));
        return outcome.ok();
    }
};

}  // namespace

template <class Message>
Outcome encode(const Message& message, size_t payload_bytes, Header& header) {
    msgpack::Writer writer(header.buffer.data(), header.buffer.size());
    writer.map(static_cast<uint32_t>(1 + Fields<Message>::count));
    writer.text("t");
    writer.text(Schema<Message>::type);
    if (Outcome written = Fields<Message>::write(message, writer); !written) return written;
    if (!writer.fits()) {
        return Outcome::failure(Code::malformed, "The header of %.*s has more than %zu bytes: shorten its texts.",
                                static_cast<int>(Schema<Message>::type.size()), Schema<Message>::type.data(),
                                limits::header_bytes);
    }
    header.size = writer.written().size;
    return Schema<Message>::examine_payload(message, payload_bytes);
}

Outcome type_of(Bytes header, std::string_view& type) {
    msgpack::Reader reader(header);
    uint32_t count = 0;
    if (Outcome opened = open_header(header, reader, count); !opened) return opened;
    const uint8_t* entries = reader.position();
    bool found = false;
    for (uint32_t i = 0; i < count; ++i) {
        std::string_view key;
        const Bytes before{entries, static_cast<size_t>(reader.position() - entries)};
        if (!reader.read_text(key)) return broken(reader);
        if (msgpack::has_key(before, i, key)) {
            return Outcome::failure(Code::malformed, "The header has the same key twice.");
        }
        if (key == "t") {
            found = reader.peek() == msgpack::Kind::text;
            if (!found || !reader.read_text(type)) {
                return Outcome::failure(Code::malformed, "The header names no type: 't' is no text.");
            }
        } else if (!reader.skip()) {
            return broken(reader);
        }
    }
    if (!reader.at_end()) return Outcome::failure(Code::malformed, "The header is followed by other bytes.");
    if (!found) return Outcome::failure(Code::malformed, "The header names no type: the key 't' is missing.");
    return {};
}

template <class Message>
Outcome decode(Bytes header, size_t payload_bytes, Message& message) {
    msgpack::Reader reader(header);
    uint32_t count = 0;
    if (Outcome opened = open_header(header, reader, count); !opened) return opened;
    const uint8_t* entries = reader.position();
    std::bitset<Fields<Message>::count> seen;
    bool typed = false;
    for (uint32_t i = 0; i < count; ++i) {
        std::string_view key;
        const Bytes before{entries, static_cast<size_t>(reader.position() - entries)};
        if (!reader.read_text(key)) return broken(reader);
        if (key == "t") {
            std::string_view type;
            if (typed || !reader.read_text(type) || type != Schema<Message>::type) {
                return Outcome::failure(Code::malformed, "The header is not that of one %.*s.",
                                        static_cast<int>(Schema<Message>::type.size()), Schema<Message>::type.data());
            }
            typed = true;
            continue;
        }
        bool known = false;
        if (Outcome read = Fields<Message>::read(key, reader, message, seen, known); !read) return read;
        if (known) continue;
        if (msgpack::has_key(before, i, key)) {
            return Outcome::failure(Code::malformed, "The header has the same key twice.");
        }
        if (!reader.skip()) return broken(reader);
    }
    if (!reader.at_end()) return Outcome::failure(Code::malformed, "The header is followed by other bytes.");
    if (!typed) return Outcome::failure(Code::malformed, "The header names no type: the key 't' is missing.");
    if (Outcome there = Fields<Message>::all_there(seen); !there) return there;
    return Schema<Message>::examine_payload(message, payload_bytes);
}

#define ECHO_INSTANTIATE(Message)                                                   \
    template ECHOCORE_API Outcome encode<Message>(const Message&, size_t, Header&); \
    template ECHOCORE_API Outcome decode<Message>(Bytes, size_t, Message&);
ECHO_MESSAGES(ECHO_INSTANTIATE)
#undef ECHO_INSTANTIATE

bool is_known(std::string_view type) {
#define ECHO_IS(Message) type == Schema<Message>::type ||
    return ECHO_MESSAGES(ECHO_IS) false;
#undef ECHO_IS
}

Bytes topic(std::string_view stream, const Name& npc, std::array<uint8_t, limits::topic_bytes>& buffer) {
    size_t size = 0;
    const auto put = [&](std::string_view text) {
        if (text.size() > buffer.size() - size) return;
        if (!text.empty()) std::memcpy(buffer.data() + size, text.data(), text.size());
        size += text.size();
    };
    put(stream);
    put("/");
    if (!npc.empty()) {
        put(npc.view());
        put("/");
    }
    return {buffer.data(), size};
}

bool are_finite(Bytes float32) {
    for (size_t i = 0; i + 4 <= float32.size; i += 4) {
        float value = 0.0f;
        std::memcpy(&value, float32.data + i, sizeof value);  // all platforms of the engines are little-endian
        if (!std::isfinite(value)) return false;
    }
    return true;
}

Outcome examine_sound(size_t size, uint32_t channels) {
    if (size > limits::sound_bytes) {
        return Outcome::failure(Code::malformed, "%zu bytes of sound came in one message; at most %zu are allowed.",
                                size, limits::sound_bytes);
    }
    if (size % (size_t{2} * channels) != 0) {
        return Outcome::failure(Code::malformed, "%zu bytes of sound are no whole PCM16 samples of %u channels.", size,
                                channels);
    }
    return {};
}

Outcome examine_curves(size_t size, uint32_t count) {
    if (size == size_t{4} * count) return {};
    return Outcome::failure(Code::malformed, "%u float32 values are announced, and %zu bytes of them came.", count,
                            size);
}

Outcome examine_picture(const Video& video, size_t size) {
    if (video.stride != 4 * video.width) {
        return Outcome::failure(Code::malformed, "video.stride is %u; rows of %u pixels have %u bytes.", video.stride,
                                video.width, 4 * video.width);
    }
    if (video.format == "jpeg") {
        if (size >= limits::jpeg_least_bytes && size <= limits::video_bytes) return {};
        return Outcome::failure(Code::malformed, "video has %zu bytes of jpeg; %zu to %zu are allowed.", size,
                                limits::jpeg_least_bytes, limits::video_bytes);
    }
    if (video.format != "bgra8" && video.format != "rgba8") {
        return Outcome::failure(Code::malformed, "video.format is '%s'; this version knows bgra8, rgba8 and jpeg.",
                                video.format.c_str());
    }
    if (size != size_t{video.stride} * video.height) {
        return Outcome::failure(Code::malformed, "video announces %ux%u pixels and came with %zu bytes.", video.width,
                                video.height, size);
    }
    return {};
}

}  // namespace echo
