// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "Feeds.h"

namespace echo {

std::shared_ptr<NpcFeed> Feeds::add(const Name& npc, const Name& avatar, bool cues, bool open) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Entry& entry = entries_[std::string(npc.view())];
    if (entry.feed == nullptr) {
        entry.feed = std::make_shared<NpcFeed>(npc, cues);
        entry.feed->restart(run_);
        entry.cues = cues;
    }
    entry.cues = entry.cues || cues;
    if (open) {
        entry.open = true;
        entry.opened = false;
        entry.avatar = avatar;
    }
    return entry.feed;
}

void Feeds::remove(const Name& npc) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(npc.view());
    if (found == entries_.end()) return;
    removed_.push_back(npc);
    entries_.erase(found);
}

void Feeds::adopt_all(size_t most) {
    const std::lock_guard<std::mutex> lock(mutex_);
    adopt_most_ = most;
}

std::vector<std::shared_ptr<NpcFeed>> Feeds::all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::shared_ptr<NpcFeed>> feeds;
    for (const auto& [name, entry] : entries_) feeds.push_back(entry.feed);
    return feeds;
}

std::shared_ptr<NpcFeed> Feeds::find(const Name& npc) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(npc.view());
    if (found != entries_.end()) return found->second.feed;
    if (entries_.size() >= adopt_most_) return nullptr;
    Entry& entry = entries_[std::string(npc.view())];
    entry.feed = std::make_shared<NpcFeed>(npc, false);
    entry.feed->restart(run_);
    entry.cues = false;
    return entry.feed;
}

std::vector<Name> Feeds::take_removed() {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Name> removed;
    removed.swap(removed_);
    return removed;
}

bool Feeds::wants_all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return adopt_most_ != 0;
}

void Feeds::reopen(const Name& npc) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(npc.view());
    if (found != entries_.end()) found->second.opened = false;
}

void Feeds::restart(uint32_t run) {
    const std::lock_guard<std::mutex> lock(mutex_);
    run_ = run;
    for (auto& [name, entry] : entries_) {
        entry.feed->restart(run);
        entry.opened = false;
    }
}

void Feeds::raise(const Name& npc, uint32_t run, uint32_t epoch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = entries_.find(npc.view());
    if (found != entries_.end()) found->second.feed->raise(run, epoch);
}

}  // namespace echo
