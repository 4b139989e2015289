// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <algorithm>
#include <cstdint>

#include "EchoCore/Limits.h"

namespace echo {

/// How much speech may be sent (bridge/PROTOCOL.md, "Speaking"): keeps about `ahead_us` waiting in the runtime, from
/// the `buffered_us` of its acknowledgements. A runtime that plays nothing, because its NPC is paused, is sent nothing
/// more: sound goes out only on an acknowledgement that says that there is room, and an empty piece asks again. Pure:
/// times come in as arguments, on one clock, in microseconds.
class SpeechFlow {
public:
    enum class Next : uint8_t { wait, ask, send };

    explicit SpeechFlow(int64_t ahead_us = limits::speech_ahead_us) : ahead_us_(ahead_us) {}

    /// What to do at `now_us`: wait, send an empty piece to ask for `buffered_us`, or send a piece.
    Next next(int64_t now_us) const {
        if (buffered_us_ + unanswered_us_ < ahead_us_) return Next::send;
        if (unanswered_ != 0) return Next::wait;
        const int64_t expected_us = std::max<int64_t>(0, buffered_us_ - (now_us - acknowledged_at_us_));
        return expected_us + ask_below_us <= ahead_us_ ? Next::ask : Next::wait;
    }

    void sent(int64_t piece_us) {
        ++unanswered_;
        unanswered_us_ += piece_us;
    }

    /// The acknowledgement of a piece; `buffered_us` includes it.
    void acknowledged(int64_t piece_us, int64_t buffered_us, int64_t now_us) {
        --unanswered_;
        unanswered_us_ -= piece_us;
        buffered_us_ = buffered_us;
        acknowledged_at_us_ = now_us;
    }

private:
    static constexpr int64_t ask_below_us = 100'000;

    int64_t ahead_us_;
    int unanswered_ = 0;
    int64_t unanswered_us_ = 0;
    int64_t buffered_us_ = 0;
    int64_t acknowledged_at_us_ = 0;
};

}  // namespace echo
