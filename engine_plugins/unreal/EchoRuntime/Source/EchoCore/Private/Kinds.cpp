// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "Kinds.h"

namespace echo::kinds {

namespace {

int shown(std::string_view text) {
    return static_cast<int>(text.size() < 40 ? text.size() : 40);
}

bool is_name_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

/// Reads a map of names; `value` reads what belongs to each.
template <class ReadValue>
Outcome examine_map(Place place, msgpack::Reader& reader, uint32_t most, ReadValue value) {
    uint32_t count = 0;
    if (!reader.read_map(count)) return refuse(place, reader.why());
    if (count > most) return refuse(place, "has too many entries");
    const uint8_t* entries = reader.position();
    for (uint32_t i = 0; i < count; ++i) {
        std::string_view key;
        const Bytes before{entries, static_cast<size_t>(reader.position() - entries)};
        if (reader.peek() != msgpack::Kind::text) return refuse(place, "has a key that is no text");
        if (!reader.read_text(key)) return refuse(place, reader.why());
        if (msgpack::has_key(before, i, key)) return refuse(place, "has the same key twice");
        if (!name.allows(key)) return refuse(place, "has a key that is no name");
        if (Outcome read = value(); !read) return read;
    }
    reader.leave();
    return {};
}

}  // namespace

Outcome refuse(Place place, const char* what) {
    return Outcome::failure(Code::malformed, "%.*s.%.*s: %s; see the field's limits in PROTOCOL.md.",
                            shown(place.message), place.message.data(), shown(place.field), place.field.data(), what);
}

Outcome Real::read(Place place, msgpack::Reader& reader, double& value) const {
    msgpack::Number number;
    if (!reader.read_number(number)) return refuse(place, reader.why());
    value = number.value();
    return value >= low && value <= high ? Outcome{} : refuse(place, "is out of range");
}

Outcome Real::write(Place place, msgpack::Writer& writer, double value) const {
    if (!(value >= low && value <= high)) return refuse(place, "is out of range");
    writer.real(value);
    return {};
}

Outcome Flag::read(Place place, msgpack::Reader& reader, bool& value) const {
    return reader.read_boolean(value) ? Outcome{} : refuse(place, reader.why());
}

Outcome Flag::write(Place, msgpack::Writer& writer, bool value) const {
    writer.boolean(value);
    return {};
}

Outcome Text::read(Place place, msgpack::Reader& reader, std::string_view& value) const {
    if (!reader.read_text(value)) return refuse(place, reader.why());
    return value.size() <= most ? Outcome{} : refuse(place, "is too long");
}

Outcome Text::write(Place place, msgpack::Writer& writer, std::string_view value) const {
    if (value.size() > most) return refuse(place, "is too long");
    if (!msgpack::is_utf8(Bytes(value))) return refuse(place, "is not UTF-8");
    writer.text(value);
    return {};
}

bool Token::allows(std::string_view text) const {
    if (text.empty()) return optional;
    if (text.size() > limits::name_bytes || (file && text.front() == '.')) return false;
    for (char c : text) {
        if (!is_name_letter(c)) return false;
    }
    return true;
}

Outcome Token::read(Place place, msgpack::Reader& reader, Name& value) const {
    std::string_view text;
    if (!reader.read_text(text)) return refuse(place, reader.why());
    if (!allows(text)) return refuse(place, "must be a name of 1 to 64 letters, digits, '_', '-' or '.'");
    value = Name(text);
    return {};
}

Outcome Token::write(Place place, msgpack::Writer& writer, const Name& value) const {
    if (!value.valid() || !allows(value.view())) {
        return refuse(place, "must be a name of 1 to 64 letters, digits, '_', '-' or '.'");
    }
    writer.text(value.view());
    return {};
}

Outcome ProtocolVersion::read(Place place, msgpack::Reader& reader, Version& value) const {
    uint32_t count = 0;
    if (!reader.read_array(count)) return refuse(place, reader.why());
    if (count != 2) return refuse(place, "must be [major, minor]");
    const Whole<uint16_t> part{0, UINT16_MAX};
    if (Outcome read = part.read(place, reader, value.major_number); !read) return read;
    if (Outcome read = part.read(place, reader, value.minor_number); !read) return read;
    reader.leave();
    return {};
}

Outcome ProtocolVersion::write(Place, msgpack::Writer& writer, Version value) const {
    writer.array(2);
    writer.natural(value.major_number);
    writer.natural(value.minor_number);
    return {};
}

Outcome Encoded::read(Place place, msgpack::Reader& reader, Bytes& value) const {
    const uint8_t* first = reader.position();
    if (Outcome read = examine(place, reader, most); !read) return read;
    value = {first, static_cast<size_t>(reader.position() - first)};
    return {};
}

Outcome Encoded::write(Place place, msgpack::Writer& writer, Bytes value) const {
    if (value.empty()) {
        map ? writer.map(0) : writer.array(0);
        return {};
    }
    msgpack::Reader reader(value, 1);
    if (Outcome read = examine(place, reader, most); !read) return read;
    if (!reader.at_end()) return refuse(place, "is followed by other bytes");
    writer.slice(value);
    return {};
}

Outcome examine_names(Place place, msgpack::Reader& reader, uint32_t most) {
    uint32_t count = 0;
    if (!reader.read_array(count)) return refuse(place, reader.why());
    if (count > most) return refuse(place, "has too many names");
    for (uint32_t i = 0; i < count; ++i) {
        Name value;
        if (Outcome read = name.read(place, reader, value); !read) return read;
    }
    reader.leave();
    return {};
}

Outcome examine_versions(Place place, msgpack::Reader& reader, uint32_t most) {
    uint32_t count = 0;
    if (!reader.read_array(count)) return refuse(place, reader.why());
    if (count > most) return refuse(place, "has too many versions");
    for (uint32_t i = 0; i < count; ++i) {
        Version value;
        if (Outcome read = version.read(place, reader, value); !read) return read;
    }
    reader.leave();
    return {};
}

Outcome examine_ports(Place place, msgpack::Reader& reader, uint32_t most) {
    return examine_map(place, reader, most, [&] {
        uint32_t port = 0;
        return Whole<uint32_t>{1, UINT16_MAX}.read(place, reader, port);
    });
}

Outcome examine_shares(Place place, msgpack::Reader& reader, uint32_t most) {
    return examine_map(place, reader, most, [&] {
        double value = 0.0;
        return share.read(place, reader, value);
    });
}

Outcome examine_name_lists(Place place, msgpack::Reader& reader, uint32_t most) {
    return examine_map(place, reader, most, [&] { return examine_names(place, reader, limits::curves); });
}

Outcome examine_anything(Place place, msgpack::Reader& reader, uint32_t most) {
    return examine_map(place, reader, most, [&] { return reader.skip() ? Outcome{} : refuse(place, reader.why()); });
}

}  // namespace echo::kinds
