// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "EchoCore/Api.h"
#include "EchoCore/LatestSlot.h"
#include "EchoCore/Payload.h"
#include "EchoCore/ReceiveOrder.h"
#include "EchoCore/RecordLane.h"
#include "EchoCore/SpeechPlayout.h"
#include "EchoCore/Streams.h"

namespace echo {

/// Which run of the runtime and which epoch in it: a lower one is outdated. run × 2³² + epoch.
using Era = int64_t;

constexpr Era era_of(uint32_t run, uint32_t epoch) {
    return static_cast<Era>(uint64_t{run} << 32 | epoch);
}

constexpr uint32_t run_of(Era era) {
    return static_cast<uint32_t>(static_cast<uint64_t>(era) >> 32);
}

/// A received picture.
struct Frame {
    Video header;
    Payload pixels;
    Era era = 0;
    /// On the runtime's clock, as well as it is known.
    int64_t received_us = 0;
};

/// A received face as numbers: `header.count` values in the order of `header.curves`.
struct Face {
    Coefficients header;
    float values[limits::curves];
    Era era;
};

/// A received event.
struct Cue {
    Event header;
    /// What `header.detail` is a view of.
    std::array<uint8_t, limits::header_bytes> detail;
    Era era;
};

/// What one NPC's feed has received so far. `lost` counts gaps in the numbers of live messages, of all types.
struct FeedCounts {
    uint64_t frames = 0;
    uint64_t lost = 0;
    uint64_t outdated = 0;
    /// Messages for which a queue had no room, because nobody took them.
    uint64_t overflowed = 0;
    uint64_t underruns = 0;
};

/// Everything that arrives of one NPC, on its way from the receiving thread to the game's. Nothing waits for anybody
/// and nothing is allocated per message: the newest picture lies in a slot, cues, faces and speech in bounded queues
/// (whose memory comes with their first message). Pictures, faces and speech that an interrupt has outdated
/// are never given out; events are, for they have happened. Of an earlier run of the runtime nothing is.
///
/// `take_frame`, `next_cue` and `next_face` belong to one thread, `pull_speech` to one other (the sound device's), the
/// rest to any. Shared between the connection and whoever uses it.
class ECHOCORE_API NpcFeed {
public:
    explicit NpcFeed(const Name& npc, bool voice = true);

    const Name& npc() const { return npc_; }
    Era era() const { return era_.load(std::memory_order_acquire); }

    /// The newest picture if one has come since the last call, otherwise nullptr. It stays valid until the next call,
    /// and may be moved from.
    Frame* take_frame();
    /// The oldest event that has not been given out. False if there is none.
    bool next_cue(Cue& cue);
    /// The oldest coefficients that have not been given out, for a CurveTrack. False if there are none.
    bool next_face(Face& face);

    /// Fills `out` with the next `count` samples of the NPC's voice at `speech_rate`, as SpeechPlayout does; `now_us`
    /// on the runtime's clock. Returns how many of them are speech. `heard`, where given, is the era that they are of.
    int64_t pull_speech(float* out, int64_t count, int64_t now_us, Era* heard = nullptr);
    /// Hz, of what `pull_speech` gives.
    int64_t speech_rate() const { return speech_rate_.load(std::memory_order_relaxed); }
    /// The runtime's time that is being heard: what pictures and curves are shown by. Nothing before the first pull.
    std::optional<int64_t> heard_us() const;

    FeedCounts counts() const;

private:
    friend class Feeds;
    friend class Link;

    struct SpeechHead {
        int64_t pts;
        Era era;
        uint32_t rate;
        uint32_t channels;
        bool last;
    };
    struct CueHead {
        Event header;
        Era era;
    };
    struct FaceHead {
        Coefficients header;
        Era era;
    };

    // In the receiving thread.
    bool accept(StreamKind kind, const Published& message, uint32_t run);
    void put(const Video& header, Payload&& pixels, int64_t received_us);
    void put(const Coefficients& header, Bytes values);
    void put(const Speech& header, Bytes samples);
    void put(const Event& header);
    void raise(uint32_t run, uint32_t epoch);
    void restart(uint32_t run);

    template <class Head>
    struct Lane {
        std::unique_ptr<RecordLane<Head>> owned;
        std::atomic<RecordLane<Head>*> ready{nullptr};
    };
    template <class Head>
    void put(Lane<Head>& lane, size_t capacity, const Head& head, Bytes body);

    const Name npc_;
    const bool voice_;
    std::atomic<Era> era_{0};

    // Of the receiving thread.
    NpcOrder order_;
    std::atomic<uint64_t> frames_{0};
    std::atomic<uint64_t> lost_{0};
    std::atomic<uint64_t> outdated_{0};
    std::atomic<uint64_t> overflowed_{0};

    LatestSlot<Frame> slot_;
    Lane<CueHead> cues_;
    Lane<FaceHead> faces_;
    Lane<SpeechHead> speech_;

    // Of the sound's thread.
    void take_speech();
    std::unique_ptr<SpeechPlayout> playout_;
    std::atomic<int64_t> speech_rate_{16'000};
    std::atomic<int64_t> heard_us_{INT64_MIN};
    std::atomic<uint64_t> underruns_{0};
    std::unique_ptr<float[]> mono_;
};

}  // namespace echo
