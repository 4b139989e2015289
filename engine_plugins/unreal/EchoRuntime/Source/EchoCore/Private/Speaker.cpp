// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Speaker.h"

#include <algorithm>

namespace echo {

Speaker::Speaker(Connection& connection, const Name& npc, uint32_t utt, std::vector<int16_t> samples, uint32_t rate,
                 uint32_t channels, std::string text)
    : connection_(connection),
      npc_(npc),
      utt_(utt),
      samples_(std::move(samples)),
      rate_(rate),
      channels_(channels),
      text_(std::move(text)) {}

int64_t Speaker::sent_us() const {
    return static_cast<int64_t>(sent_ / channels_) * 1'000'000 / rate_;
}

void Speaker::fail(std::string code) {
    failure_ = std::move(code);
    step_ = Step::finished;
}

void Speaker::tick(int64_t now_us) {
    if (step_ == Step::begin) {
        SpeakBegin begin;
        begin.npc = npc_;
        begin.utt = utt_;
        begin.rate = rate_;
        begin.channels = channels_;
        begin.text = text_;
        if (Outcome begun = connection_.begin(begin, {}, begin_id_); !begun) {
            return fail(begun.code() == Code::not_connected ? "connection_lost" : "malformed");
        }
        step_ = Step::beginning;
    }
    while (step_ == Step::sending) {
        if (sent_ == samples_.size()) return send_end();
        const SpeechFlow::Next next = flow_.next(now_us);
        if (next == SpeechFlow::Next::wait) return;
        const size_t piece = size_t{rate_ / 10} * channels_;
        if (!send_piece(next == SpeechFlow::Next::ask ? 0 : std::min(piece, samples_.size() - sent_))) return;
    }
}

bool Speaker::send_piece(size_t count) {
    SpeakAudio audio;
    audio.npc = npc_;
    audio.utt = utt_;
    const Bytes payload{reinterpret_cast<const uint8_t*>(samples_.data() + sent_), count * sizeof(int16_t)};
    uint64_t id = 0;
    if (Outcome sent = connection_.begin(audio, payload, id); !sent) {
        if (sent.code() != Code::full) fail(sent.code() == Code::not_connected ? "connection_lost" : "malformed");
        return false;
    }
    const int64_t us = static_cast<int64_t>(count / channels_) * 1'000'000 / rate_;
    unanswered_.push_back({id, us});
    flow_.sent(us);
    sent_ += count;
    return true;
}

void Speaker::send_end() {
    SpeakEnd end;
    end.npc = npc_;
    end.utt = utt_;
    if (connection_.begin(end, {}, end_id_)) step_ = Step::hearing;
}

bool Speaker::read(const Notice& notice, int64_t now_us) {
    if (notice.id == 0 || (notice.kind != Notice::Kind::ack && notice.kind != Notice::Kind::done &&
                           notice.kind != Notice::Kind::failed)) {
        return false;
    }
    const bool failed = notice.kind == Notice::Kind::failed;
    if (notice.id == begin_id_) {
        if (failed) {
            fail(notice.code);
        } else if (notice.kind == Notice::Kind::done) {
            step_ = Step::finished;
        } else if (step_ == Step::beginning) {
            step_ = Step::sending;
        }
        return true;
    }
    if (notice.id == end_id_) return true;
    const auto known = std::find(acknowledged_.begin(), acknowledged_.end(), notice.id);
    if (known != acknowledged_.end()) {
        acknowledged_.erase(known);
        return true;
    }
    const auto piece =
        std::find_if(unanswered_.begin(), unanswered_.end(), [&](const Piece& sent) { return sent.id == notice.id; });
    if (piece == unanswered_.end()) return false;
    if (failed) {
        // an utterance that was cut off says why in the answer to `speak_begin`, which comes with this one
        if (notice.code != "no_utterance" && step_ != Step::finished) fail(notice.code);
    } else {
        flow_.acknowledged(piece->us, notice.buffered_us, now_us);
        acknowledged_.push_back(piece->id);
    }
    unanswered_.erase(piece);
    return true;
}

}  // namespace echo
