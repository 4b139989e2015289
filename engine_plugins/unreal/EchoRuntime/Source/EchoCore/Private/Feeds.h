// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "EchoCore/NpcFeed.h"

namespace echo {

/// The NPCs that a connection receives. Asked for by any thread, looked up by the receiving one.
class Feeds {
public:
    struct Entry {
        std::shared_ptr<NpcFeed> feed;
        Name avatar;
        bool cues = true;
        /// To be opened in every run of the runtime.
        bool open = false;
        /// Of the receiving thread: what has been done in this run, and on these sockets.
        bool opened = false;
        bool video_subscribed = false;
        bool cues_subscribed = false;
    };

    std::shared_ptr<NpcFeed> add(const Name& npc, const Name& avatar, bool cues, bool open);
    void remove(const Name& npc);
    void adopt_all(size_t most);
    std::vector<std::shared_ptr<NpcFeed>> all() const;

    // In the receiving thread.

    /// The feed of an NPC; one that is adopted on the way where all are wanted. nullptr if nobody wants it.
    std::shared_ptr<NpcFeed> find(const Name& npc);
    /// Entries that were removed since the last call.
    std::vector<Name> take_removed();
    /// Calls `visit(name, entry)` for each; nothing may be added or removed meanwhile.
    template <class Visit>
    void each(Visit visit) {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (auto& [name, entry] : entries_) visit(entry.feed->npc(), entry);
    }
    bool wants_all() const;
    /// An NPC that was to be opened has not been.
    void reopen(const Name& npc);
    /// A new run of the runtime.
    void restart(uint32_t run);
    void raise(const Name& npc, uint32_t run, uint32_t epoch);

private:
    mutable std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::vector<Name> removed_;
    size_t adopt_most_ = 0;
    uint32_t run_ = 0;
};

}  // namespace echo
