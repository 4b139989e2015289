// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/NpcFeed.h"

#include <algorithm>
#include <cstring>

namespace echo {

namespace {

constexpr size_t cue_lane_bytes = 64 * 1024;
constexpr size_t face_lane_bytes = 64 * 1024;
/// Ten seconds of 48 kHz, or the longest message twice.
constexpr size_t speech_lane_bytes = 2 * limits::sound_bytes;
/// Samples that are converted at once.
constexpr size_t mono_samples = 4096;

}  // namespace

NpcFeed::NpcFeed(const Name& npc, bool voice) : npc_(npc), voice_(voice) {
    if (!voice) return;
    playout_ = std::make_unique<SpeechPlayout>();
    mono_.reset(new float[mono_samples]);
}

// In the receiving thread ---------------------------------------------------------------------------------------------

bool NpcFeed::accept(StreamKind kind, const Published& message, uint32_t run) {
    const bool fresh = order_.accept(kind, message.seq, message.epoch, message.again);
    lost_.store(order_.lost(), std::memory_order_relaxed);
    outdated_.store(order_.outdated(), std::memory_order_relaxed);
    era_.store(era_of(run, order_.epoch()), std::memory_order_release);
    return fresh;
}

void NpcFeed::raise(uint32_t run, uint32_t epoch) {
    order_.raise(epoch);
    era_.store(era_of(run, order_.epoch()), std::memory_order_release);
}

void NpcFeed::restart(uint32_t run) {
    order_.restart();
    era_.store(era_of(run, 0), std::memory_order_release);
}

void NpcFeed::put(const Video& header, Payload&& pixels, int64_t received_us) {
    Frame frame;
    frame.header = header;
    frame.pixels = std::move(pixels);
    frame.era = era();
    frame.received_us = received_us;
    slot_.put(std::move(frame));
    frames_.fetch_add(1, std::memory_order_relaxed);
}

template <class Head>
void NpcFeed::put(Lane<Head>& lane, size_t capacity, const Head& head, Bytes body) {
    if (lane.owned == nullptr) {
        lane.owned = std::make_unique<RecordLane<Head>>(capacity);
        lane.ready.store(lane.owned.get(), std::memory_order_release);
    }
    if (!lane.owned->put(head, body)) overflowed_.fetch_add(1, std::memory_order_relaxed);
}

void NpcFeed::put(const Coefficients& header, Bytes values) {
    put(faces_, face_lane_bytes, FaceHead{header, era()}, values);
}

void NpcFeed::put(const Speech& header, Bytes samples) {
    if (!voice_) return;
    put(speech_, speech_lane_bytes, SpeechHead{header.pts, era(), header.rate, header.channels, header.last}, samples);
}

void NpcFeed::put(const Event& header) {
    CueHead head{header, era()};
    head.header.detail = {};  // a view of memory that will be gone
    put(cues_, cue_lane_bytes, head, header.detail);
}

// In the game's thread ------------------------------------------------------------------------------------------------

Frame* NpcFeed::take_frame() {
    Frame* frame = slot_.take();
    return frame != nullptr && frame->era >= era() ? frame : nullptr;
}

bool NpcFeed::next_cue(Cue& cue) {
    RecordLane<CueHead>* lane = cues_.ready.load(std::memory_order_acquire);
    CueHead head;
    Bytes detail;
    while (lane != nullptr && lane->front(head, detail)) {
        const bool current = run_of(head.era) == run_of(era());
        if (current) {
            cue.header = head.header;
            cue.era = head.era;
            if (!detail.empty()) std::memcpy(cue.detail.data(), detail.data, detail.size);
            cue.header.detail = {cue.detail.data(), detail.size};
        }
        lane->pop();
        if (current) return true;
    }
    return false;
}

bool NpcFeed::next_face(Face& face) {
    RecordLane<FaceHead>* lane = faces_.ready.load(std::memory_order_acquire);
    FaceHead head;
    Bytes values;
    while (lane != nullptr && lane->front(head, values)) {
        const bool current = head.era >= era();
        if (current) {
            face.header = head.header;
            face.era = head.era;
            std::memcpy(face.values, values.data, values.size);
        }
        lane->pop();
        if (current) return true;
    }
    return false;
}

// In the sound's thread -----------------------------------------------------------------------------------------------

void NpcFeed::take_speech() {
    RecordLane<SpeechHead>* lane = speech_.ready.load(std::memory_order_acquire);
    SpeechHead head;
    Bytes samples;
    while (lane != nullptr && lane->front(head, samples)) {
        if (head.rate != playout_->rate() && head.era >= playout_->epoch()) {
            playout_->restart(head.rate);
            speech_rate_.store(head.rate, std::memory_order_relaxed);
        }
        // the mean of the channels, in pieces of what fits into `mono_`
        const size_t frame_bytes = size_t{2} * head.channels;
        const size_t frames = samples.size / frame_bytes;
        size_t done = 0;
        do {
            const size_t count = std::min(frames - done, mono_samples);
            for (size_t i = 0; i < count; ++i) {
                int32_t sum = 0;
                for (uint32_t channel = 0; channel < head.channels; ++channel) {
                    int16_t value = 0;
                    std::memcpy(&value, samples.data + (done + i) * frame_bytes + size_t{2} * channel, sizeof value);
                    sum += value;
                }
                const float mean = static_cast<float>(sum) / (32767.0f * static_cast<float>(head.channels));
                mono_[i] = std::max(mean, -1.0f);
            }
            const int64_t pts = head.pts + static_cast<int64_t>(done) * 1'000'000 / head.rate;
            if (!playout_->push(pts, mono_.get(), static_cast<int64_t>(count), head.era,
                                head.last && done + count == frames) &&
                head.era >= playout_->epoch()) {
                overflowed_.fetch_add(1, std::memory_order_relaxed);
            }
            done += count;
        } while (done < frames);
        lane->pop();
    }
}

int64_t NpcFeed::pull_speech(float* out, int64_t count, int64_t now_us, Era* heard) {
    if (playout_ == nullptr) {
        std::fill(out, out + count, 0.0f);
        return 0;
    }
    take_speech();
    playout_->raise(era());
    const int64_t speech = playout_->pull(out, count, now_us);
    if (heard != nullptr) *heard = playout_->epoch();
    heard_us_.store(playout_->time_us().value_or(INT64_MIN), std::memory_order_relaxed);
    underruns_.store(playout_->underruns(), std::memory_order_relaxed);
    return speech;
}

// In any thread -------------------------------------------------------------------------------------------------------

std::optional<int64_t> NpcFeed::heard_us() const {
    const int64_t time = heard_us_.load(std::memory_order_relaxed);
    return time == INT64_MIN ? std::nullopt : std::optional<int64_t>(time);
}

FeedCounts NpcFeed::counts() const {
    FeedCounts counts;
    counts.frames = frames_.load(std::memory_order_relaxed);
    counts.lost = lost_.load(std::memory_order_relaxed);
    counts.outdated = outdated_.load(std::memory_order_relaxed);
    counts.overflowed = overflowed_.load(std::memory_order_relaxed);
    counts.underruns = underruns_.load(std::memory_order_relaxed);
    return counts;
}

}  // namespace echo
