// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "EchoCore/Bytes.h"
#include "EchoCore/MsgpackReader.h"
#include "EchoCore/Name.h"

namespace echo {

/// Looks values up in a msgpack map that the codec has checked, as a result, the detail of an event, or the ports of
/// WELCOME. Empty bytes are an empty map. Nothing is copied.
class ECHOCORE_API MapView {
public:
    explicit MapView(Bytes map) : map_(map) {}

    /// False if there is no such key, or it has another kind of value; `value` is as it was then.
    bool text(std::string_view key, std::string_view& value) const;
    bool whole(std::string_view key, int64_t& value) const;
    bool number(std::string_view key, double& value) const;
    bool flag(std::string_view key, bool& value) const;
    /// Another map, or a list.
    bool slice(std::string_view key, Bytes& value) const;

private:
    bool find(std::string_view key, msgpack::Reader& reader) const;

    Bytes map_;
};

/// Calls `visit(std::string_view)` for each text of a msgpack list of texts.
template <class Visit>
void each_text(Bytes list, Visit visit) {
    msgpack::Reader reader(list);
    uint32_t count = 0;
    if (!reader.read_array(count)) return;
    std::string_view text;
    for (uint32_t i = 0; i < count && reader.read_text(text); ++i) visit(text);
}

}  // namespace echo
