// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <mutex>
#include <vector>

#include "EchoCore/Connection.h"

namespace echo {

/// Notices on their way from the receiving thread to the game's; bounded, the oldest give way.
class NoticeBoard {
public:
    void put(Notice&& notice) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (waiting_.size() >= most) waiting_.erase(waiting_.begin(), waiting_.begin() + most / 2);
        waiting_.push_back(std::move(notice));
    }

    void take(std::vector<Notice>& notices) {
        notices.clear();
        const std::lock_guard<std::mutex> lock(mutex_);
        notices.swap(waiting_);
    }

private:
    static constexpr int most = 4096;

    std::mutex mutex_;
    std::vector<Notice> waiting_;
};

}  // namespace echo
