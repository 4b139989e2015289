// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/FaceShow.h"

#include <utility>

namespace echo {

FaceShow::FaceShow(std::shared_ptr<NpcFeed> feed, int64_t output_delay_us)
    : feed_(std::move(feed)), heard_(output_delay_us) {}

void FaceShow::tick(int64_t now_us, bool still) {
    era_ = feed_->era();
    pictures_.raise(era_);
    if (Frame* frame = feed_->take_frame()) {
        const int64_t pts = frame->header.pts;
        const Era era = frame->era;
        pictures_.push(pts, std::move(*frame), era);
    }
    Face face;
    while (feed_->next_face(face)) {
        if (face.header.curves != newest_.curves) track_ = CurveTrack();
        if (track_.push(face.header.pts, face.values, face.header.count, face.header.head, face.era)) {
            newest_ = face.header;
        }
    }
    time_us_ = heard_.at(feed_->heard_us(), now_us, still);
}

Frame* FaceShow::new_picture() {
    Frame* frame = pictures_.show(time_us_);
    if (frame == nullptr || frame->era < era_) return nullptr;
    if (frame->header.seq == shown_seq_ && frame->era == shown_era_) return nullptr;
    shown_seq_ = frame->header.seq;
    shown_era_ = frame->era;
    return frame;
}

bool FaceShow::face(float* values, Rotation& head) const {
    return track_.at(time_us_, values, head);
}

}  // namespace echo
