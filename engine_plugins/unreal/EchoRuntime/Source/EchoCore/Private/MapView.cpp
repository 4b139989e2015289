// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/MapView.h"

namespace echo {

bool MapView::find(std::string_view key, msgpack::Reader& reader) const {
    uint32_t count = 0;
    if (map_.empty() || !reader.read_map(count)) return false;
    for (uint32_t i = 0; i < count; ++i) {
        std::string_view found;
        if (!reader.read_text(found)) return false;
        if (found == key) return true;
        if (!reader.skip()) return false;
    }
    return false;
}

bool MapView::text(std::string_view key, std::string_view& value) const {
    msgpack::Reader reader(map_);
    return find(key, reader) && reader.peek() == msgpack::Kind::text && reader.read_text(value);
}

bool MapView::whole(std::string_view key, int64_t& value) const {
    msgpack::Reader reader(map_);
    msgpack::Number number;
    if (!find(key, reader) || reader.peek() != msgpack::Kind::integer || !reader.read_number(number)) return false;
    if (number.magnitude > static_cast<uint64_t>(INT64_MAX)) return false;
    const int64_t size = static_cast<int64_t>(number.magnitude);
    value = number.negative ? -size : size;
    return true;
}

bool MapView::number(std::string_view key, double& value) const {
    msgpack::Reader reader(map_);
    msgpack::Number number;
    if (!find(key, reader) || !reader.read_number(number)) return false;
    value = number.value();
    return true;
}

bool MapView::flag(std::string_view key, bool& value) const {
    msgpack::Reader reader(map_);
    return find(key, reader) && reader.peek() == msgpack::Kind::boolean && reader.read_boolean(value);
}

bool MapView::slice(std::string_view key, Bytes& value) const {
    msgpack::Reader reader(map_);
    return find(key, reader) && reader.read_slice(value);
}

}  // namespace echo
