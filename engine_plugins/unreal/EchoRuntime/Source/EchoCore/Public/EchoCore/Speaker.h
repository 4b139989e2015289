// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <deque>
#include <string>
#include <vector>

#include "EchoCore/Api.h"
#include "EchoCore/Connection.h"
#include "EchoCore/SpeechFlow.h"

namespace echo {

/// Sends one utterance to an NPC, no faster than it is played: `speak_begin`, pieces of 100 ms as SpeechFlow allows,
/// and `speak_end`. Waits for nothing: call `tick` from the game loop, and `read` with every notice. One thread; the
/// connection must outlive it.
class ECHOCORE_API Speaker {
public:
    /// `samples`: PCM16, interleaved. `utt`: the utterance's label, not 0. `text`: what is said, for the history.
    Speaker(Connection& connection, const Name& npc, uint32_t utt, std::vector<int16_t> samples, uint32_t rate,
            uint32_t channels = 1, std::string text = {});

    /// Sends what may be sent at `now_us`, on any one clock.
    void tick(int64_t now_us);
    /// Whether the notice answers one of this utterance's commands.
    bool read(const Notice& notice, int64_t now_us);

    /// The utterance has been heard to its end, or has failed.
    bool finished() const { return step_ == Step::finished; }
    /// Why it failed: a code of the protocol; "" while it has not.
    const std::string& failure() const { return failure_; }
    /// Of `speak_begin`.
    uint64_t id() const { return begin_id_; }
    /// Sound that has been sent so far.
    int64_t sent_us() const;

private:
    enum class Step : uint8_t { begin, beginning, sending, hearing, finished };
    struct Piece {
        uint64_t id;
        int64_t us;
    };

    void fail(std::string code);
    bool send_piece(size_t count);
    void send_end();

    Connection& connection_;
    const Name npc_;
    const uint32_t utt_;
    const std::vector<int16_t> samples_;
    const uint32_t rate_;
    const uint32_t channels_;
    const std::string text_;
    SpeechFlow flow_;
    Step step_ = Step::begin;
    uint64_t begin_id_ = 0;
    uint64_t end_id_ = 0;
    size_t sent_ = 0;
    std::deque<Piece> unanswered_;
    /// Acknowledged pieces, whose `done` is to come.
    std::deque<uint64_t> acknowledged_;
    std::string failure_;
};

}  // namespace echo
