// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/SpeechPlayout.h"

#include <algorithm>
#include <cstring>

#include "FloorDivision.h"

namespace echo {

namespace {

constexpr int64_t second_us = 1'000'000;
/// Chunks whose times miss each other by less follow each other without a gap: times are rounded, sound is not.
constexpr int64_t snap_us = 2'000;
/// Share of a silence by which a delay that has grown shrinks again.
constexpr double catch_up = 0.1;
constexpr size_t most_chunks = 2048;

}  // namespace

SpeechPlayout::SpeechPlayout(int64_t rate, int64_t priming_us, int64_t patience_us, int64_t capacity_us)
    : rate_(rate),
      priming_us_(priming_us),
      patience_us_(patience_us),
      capacity_us_(capacity_us),
      delay_us_(static_cast<double>(priming_us)),
      chunks_(most_chunks),
      capacity_(static_cast<size_t>(floor_scale(capacity_us, rate, second_us))) {
    samples_.reset(new float[capacity_]);
}

void SpeechPlayout::restart(int64_t rate) {
    clear();
    rate_ = rate;
    state_ = State::quiet;
    has_position_ = false;
    measure_delay_ = false;
    delay_us_ = static_cast<double>(priming_us_);
    capacity_ = static_cast<size_t>(floor_scale(capacity_us_, rate, second_us));
    samples_.reset(new float[capacity_]);
}

void SpeechPlayout::clear() {
    first_chunk_ = chunk_count_ = 0;
    first_sample_ = 0;
    waiting_ = 0;
}

std::optional<int64_t> SpeechPlayout::time_us() const {
    if (!has_position_) return std::nullopt;
    return floor_scale(position_, second_us, rate_);
}

int64_t SpeechPlayout::buffered_us() const {
    return waiting_ * second_us / rate_;
}

void SpeechPlayout::raise(int64_t epoch) {
    if (epoch <= epoch_) return;
    epoch_ = epoch;
    clear();
    fall_quiet();
}

bool SpeechPlayout::push(int64_t pts_us, const float* samples, int64_t count, int64_t epoch, bool last) {
    if (epoch < epoch_) return false;
    raise(epoch);
    int64_t start = floor_scale(pts_us, rate_, second_us);
    bool follows = state_ != State::quiet;
    int64_t tail = position_;
    if (chunk_count_ != 0) {
        const Chunk& newest = chunk(chunk_count_ - 1);
        tail = newest.start + newest.count;
        follows = true;
    }
    // overlapping times are an error of the sender's; its samples are still in order
    if (follows && (start < tail || start - tail <= snap_us * rate_ / second_us)) start = tail;
    if (count == 0) {
        if (last && chunk_count_ != 0) {
            chunk(chunk_count_ - 1).last = true;
        } else if (last) {
            fall_quiet();
        }
        return true;
    }
    if (chunk_count_ == chunks_.size() || count > static_cast<int64_t>(capacity_) - waiting_) {
        ++overflows_;
        return false;
    }
    const size_t begin = (first_sample_ + static_cast<size_t>(waiting_)) % capacity_;
    const size_t straight = std::min(static_cast<size_t>(count), capacity_ - begin);
    std::memcpy(samples_.get() + begin, samples, straight * sizeof(float));
    std::memcpy(samples_.get(), samples + straight, (static_cast<size_t>(count) - straight) * sizeof(float));
    waiting_ += count;
    ++chunk_count_;
    chunk(chunk_count_ - 1) = {start, count, last};
    return true;
}

int64_t SpeechPlayout::pull(float* out, int64_t count, int64_t now_us) {
    std::fill(out, out + count, 0.0f);
    int64_t filled = 0;
    int64_t heard = 0;
    if (state_ == State::quiet) follow(count, now_us);
    while (filled < count) {
        if (state_ == State::quiet) {
            filled += rest(count - filled);
        } else if (state_ == State::priming) {
            if (!primed(count - filled)) break;
        } else {
            filled += play(out + filled, count - filled, heard);
        }
    }
    return heard;
}

/// In silence the clock leads; a grown delay shrinks, and a clock that has jumped is followed at once.
void SpeechPlayout::follow(int64_t count, int64_t now_us) {
    if (has_position_) {
        const int64_t behind_us = now_us - floor_scale(position_, second_us, rate_);
        const double missed_us = static_cast<double>(behind_us) - delay_us_;
        if (missed_us > static_cast<double>(patience_us_) || -missed_us > static_cast<double>(patience_us_)) {
            delay_us_ = static_cast<double>(priming_us_);
            has_position_ = measure_delay_ = false;
        } else if (measure_delay_) {
            delay_us_ = static_cast<double>(std::max(priming_us_, behind_us));
            measure_delay_ = false;
        }
    }
    const double shrunk = delay_us_ - catch_up * static_cast<double>(count) * 1e6 / static_cast<double>(rate_);
    delay_us_ = std::max(static_cast<double>(priming_us_), shrunk);
    const int64_t now = floor_scale(now_us - static_cast<int64_t>(delay_us_), rate_, second_us);
    position_ = has_position_ ? std::max(position_, now) : now;
    has_position_ = true;
}

/// Silence up to the next chunk; there, begins to prime.
int64_t SpeechPlayout::rest(int64_t room) {
    if (chunk_count_ == 0 || chunk(0).start >= position_ + room) {
        position_ += room;
        return room;
    }
    const int64_t silence = std::max<int64_t>(0, chunk(0).start - position_);
    position_ = chunk(0).start;
    state_ = State::priming;
    waited_ = 0;
    return silence;
}

/// Whether playing may go on; otherwise the time stands still for `room` samples.
bool SpeechPlayout::primed(int64_t room) {
    bool ended = false;
    for (size_t i = 0; i < chunk_count_; ++i) ended = ended || chunk(i).last;
    if (ended || waiting_ * second_us >= priming_us_ * rate_) {
        state_ = State::playing;
        return true;
    }
    if (waited_ * second_us >= patience_us_ * rate_) {
        if (chunk_count_ != 0) {
            state_ = State::playing;  // better late than never
        } else {
            fall_quiet();
        }
        return true;
    }
    waited_ += room;
    return false;
}

int64_t SpeechPlayout::play(float* out, int64_t room, int64_t& heard) {
    if (chunk_count_ == 0) {
        ++underruns_;
        state_ = State::priming;
        waited_ = 0;
        return 0;
    }
    Chunk& next = chunk(0);
    if (next.start > position_) {  // the sender left a gap
        const int64_t silence = std::min(room, next.start - position_);
        position_ += silence;
        return silence;
    }
    const int64_t taken = std::min(room, next.count);
    const size_t straight = std::min(static_cast<size_t>(taken), capacity_ - first_sample_);
    std::memcpy(out, samples_.get() + first_sample_, straight * sizeof(float));
    std::memcpy(out + straight, samples_.get(), (static_cast<size_t>(taken) - straight) * sizeof(float));
    first_sample_ = (first_sample_ + static_cast<size_t>(taken)) % capacity_;
    waiting_ -= taken;
    if (waiting_ == 0) first_sample_ = 0;  // the same memory again and again, not the whole ring in turn
    position_ += taken;
    heard += taken;
    next.start += taken;
    next.count -= taken;
    if (next.count == 0) {
        const bool last = next.last;
        first_chunk_ = (first_chunk_ + 1) % chunks_.size();
        --chunk_count_;
        if (last) fall_quiet();
    }
    return taken;
}

void SpeechPlayout::fall_quiet() {
    if (state_ == State::quiet) return;
    state_ = State::quiet;
    measure_delay_ = true;
}

}  // namespace echo
