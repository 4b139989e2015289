// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "EchoCore/Api.h"
#include "EchoCore/NpcFeed.h"

namespace echo {

/// The runtime's clock for a sound thread, which must not touch the connection: the game's thread tells how far that
/// clock is from this process's own.
class ECHOCORE_API RuntimeClock {
public:
    /// Game's thread, in each tick.
    void set(int64_t runtime_now_us);
    /// Any thread.
    int64_t now_us() const;

private:
    std::atomic<int64_t> offset_us_{0};
};

/// What a sound device's callback pulls of an NPC's voice: PCM16 at `NpcFeed::speech_rate`. Outlives the component and
/// the connection, for the callback may run on after both. `pull` belongs to the sound's thread, the rest to any.
class ECHOCORE_API VoicePull {
public:
    VoicePull(std::shared_ptr<NpcFeed> feed, std::shared_ptr<RuntimeClock> clock)
        : feed_(std::move(feed)), clock_(std::move(clock)) {}

    /// Fills `out` with `count` samples, silence where there is nothing to hear; returns how many are speech.
    int64_t pull(int16_t* out, int64_t count);

    /// Silence from the next callback on, while the voice waits.
    void hold(bool on) { held_.store(on, std::memory_order_relaxed); }
    /// Silence for ever: the component is gone. Waits for a `pull` that is under way, so that another may follow on the
    /// same feed.
    void end();

    /// Callbacks and samples of speech so far.
    uint64_t pulls() const { return pulls_.load(std::memory_order_relaxed); }
    uint64_t heard_samples() const { return heard_.load(std::memory_order_relaxed); }
    /// The loudest of the last block, 0 to 1, for meters.
    float level() const { return level_.load(std::memory_order_relaxed); }

private:
    /// Held by `pull`; nobody else holds it but `end`, once.
    std::mutex pulling_;
    bool ended_ = false;
    std::shared_ptr<NpcFeed> feed_;
    std::shared_ptr<RuntimeClock> clock_;
    std::atomic<bool> held_{false};
    std::atomic<uint64_t> pulls_{0};
    std::atomic<uint64_t> heard_{0};
    std::atomic<float> level_{0.0f};
};

}  // namespace echo
