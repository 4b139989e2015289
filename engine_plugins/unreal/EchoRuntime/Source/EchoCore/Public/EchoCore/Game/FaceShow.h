// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <memory>

#include "EchoCore/Api.h"
#include "EchoCore/CurveTrack.h"
#include "EchoCore/FrameQueue.h"
#include "EchoCore/Game/HeardTime.h"
#include "EchoCore/NpcFeed.h"

namespace echo {

/// What is to be seen of one NPC in each tick of the game: the newest picture and the coefficients of the moment that
/// is being heard. Owns what waits for its time; the thread of `tick` is the only one.
class ECHOCORE_API FaceShow {
public:
    FaceShow(std::shared_ptr<NpcFeed> feed, int64_t output_delay_us);

    /// Takes in what has come, and moves the time on. `now_us`: the runtime's clock.
    void tick(int64_t now_us, bool still);

    /// The picture of this moment, if it has not been given out before; otherwise nullptr. Its pixels may be moved
    /// from.
    Frame* new_picture();
    /// The coefficients of this moment, `count()` values in the order of `curves()`. False before the first.
    bool face(float* values, Rotation& head) const;

    size_t count() const { return track_.count(); }
    /// The set of the newest coefficients.
    const Name& curves() const { return newest_.curves; }
    /// The newest coefficients' position and gaze; these are not interpolated.
    const Coefficients& newest() const { return newest_; }
    int64_t time_us() const { return time_us_; }
    NpcFeed& feed() { return *feed_; }

private:
    std::shared_ptr<NpcFeed> feed_;
    HeardTime heard_;
    FrameQueue<Frame, 16> pictures_;
    CurveTrack track_;
    Coefficients newest_;
    int64_t time_us_ = 0;
    uint64_t shown_seq_ = 0;
    Era shown_era_ = -1;
    Era era_ = 0;
};

}  // namespace echo
