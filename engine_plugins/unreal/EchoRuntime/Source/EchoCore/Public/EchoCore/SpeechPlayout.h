// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "EchoCore/Api.h"

namespace echo {

/// A jitter buffer for speech with sound as the master: turns chunks into what a sound device pulls, and says which
/// instant is being heard (bridge/PROTOCOL.md, "Playout").
///
/// Playout runs `delay_us` behind the runtime's clock, at least `priming_us`. While somebody speaks, the samples pulled
/// are the clock. When the next sample is not there, silence is played and the time stands still until `priming_us` of
/// sound wait again, or the utterance's last piece has come: nothing is skipped, the delay grows; it shrinks again in
/// the silence that follows. A stall longer than `patience_us` counts as the end of the utterance.
///
/// Pure: no clock, no threads; one thread at a time. Memory is allocated at construction and by `restart` only, and
/// none of that for samples is touched before there are samples.
class ECHOCORE_API SpeechPlayout {
public:
    enum class State : uint8_t { quiet, priming, playing };

    /// `capacity_us`: sound that may wait; `rate` in Hz.
    explicit SpeechPlayout(int64_t rate = 16'000, int64_t priming_us = 40'000, int64_t patience_us = 500'000,
                           int64_t capacity_us = 60'000'000);

    /// Takes in mono samples in [-1, 1] that are heard from `pts_us` on. False for a lower epoch, or when they do not
    /// fit (counted in `overflows`). A higher epoch throws away everything that waits.
    bool push(int64_t pts_us, const float* samples, int64_t count, int64_t epoch = 0, bool last = false);
    /// An interrupt is known: throws away what waits of lower epochs.
    void raise(int64_t epoch);
    /// Fills `out` with the next `count` samples; silence where there is nothing to hear. Returns how many of them are
    /// speech.
    int64_t pull(float* out, int64_t count, int64_t now_us);
    /// Begins anew at another rate; what waited is thrown away.
    void restart(int64_t rate);

    /// The runtime's time of the next sample to be pulled; nothing before the first pull. It stands still while
    /// waiting, and goes back when speech begins that came too late for its time.
    std::optional<int64_t> time_us() const;
    /// How far playout is behind the runtime's clock, as of the last silence.
    int64_t delay_us() const { return static_cast<int64_t>(delay_us_); }
    int64_t buffered_us() const;
    int64_t rate() const { return rate_; }
    int64_t epoch() const { return epoch_; }
    State state() const { return state_; }
    uint64_t underruns() const { return underruns_; }
    uint64_t overflows() const { return overflows_; }

private:
    struct Chunk {
        int64_t start = 0;
        int64_t count = 0;
        bool last = false;
    };

    Chunk& chunk(size_t i) { return chunks_[(first_chunk_ + i) % chunks_.size()]; }
    void clear();
    void follow(int64_t count, int64_t now_us);
    int64_t rest(int64_t room);
    bool primed(int64_t room);
    int64_t play(float* out, int64_t room, int64_t& heard);
    void fall_quiet();

    int64_t rate_;
    int64_t priming_us_;
    int64_t patience_us_;
    int64_t capacity_us_;
    int64_t epoch_ = 0;
    uint64_t underruns_ = 0;
    uint64_t overflows_ = 0;
    State state_ = State::quiet;
    double delay_us_;
    bool has_position_ = false;
    int64_t position_ = 0;
    int64_t waited_ = 0;
    bool measure_delay_ = false;
    /// Rings: descriptions of chunks, and their samples one behind the other.
    std::vector<Chunk> chunks_;
    size_t first_chunk_ = 0;
    size_t chunk_count_ = 0;
    std::unique_ptr<float[]> samples_;
    size_t capacity_;
    size_t first_sample_ = 0;
    int64_t waiting_ = 0;
};

}  // namespace echo
