// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <algorithm>
#include <string_view>

#include "EchoCore/Connection.h"

namespace echo {

/// Whether a text can be the name of an NPC: 1 to 64 of letters, digits, '_', '.' and '-' (bridge/PROTOCOL.md,
/// "Encoding").
inline bool is_npc_name(std::string_view text) {
    return !text.empty() && text.size() <= limits::name_bytes && std::all_of(text.begin(), text.end(), [](char letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= '0' && letter <= '9') || letter == '_' || letter == '.' || letter == '-';
    });
}

/// Whether an NPC is open in the runtime, as far as the notices say. A connection that is lost and returns to its
/// session finds the NPC open, without another word; in a new run of the runtime it is opened anew. Pure; one thread.
class NpcPresence {
public:
    enum class Change : uint8_t {
        none,
        /// Opened just now; the notice's `result` tells its size.
        opened,
        /// Connected again: what the NPC was told may not have arrived.
        back,
        failed,
    };

    Change read(const Notice& notice, const Name& npc) {
        switch (notice.kind) {
            case Notice::Kind::status:
                connected_ = notice.status == Status::connected;
                return Change::none;
            case Notice::Kind::welcome:
                connected_ = true;
                opened_ = opened_ && notice.returned;
                return opened_ ? Change::back : Change::none;
            case Notice::Kind::opened:
                if (notice.npc != npc.view()) return Change::none;
                connected_ = opened_ = true;
                return Change::opened;
            case Notice::Kind::failed:
                return notice.npc.empty() || notice.npc != npc.view() ? Change::none : Change::failed;
            default:
                return Change::none;
        }
    }

    /// A command would reach it.
    bool open() const { return connected_ && opened_; }
    void reset() { connected_ = opened_ = false; }

private:
    bool connected_ = false;
    bool opened_ = false;
};

}  // namespace echo
