#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "EchoCore/Connection.h"

namespace live {

/// Stands for a sound device: asks for blocks of 1024 samples at 48 kHz, in real time by the clock, from a thread of
/// its own. The NPC's voice is pulled at its own rate, for as long as a block lasts.
class SoundDevice {
public:
    SoundDevice(const echo::Connection& connection, std::shared_ptr<echo::NpcFeed> feed);
    ~SoundDevice();

    /// The device stops asking for so long.
    void pause(double seconds);
    /// The highest era that is known otherwise: nothing of a lower one may be heard from now on.
    void expect(echo::Era era) { expected_ = era; }

    uint64_t heard_samples() const { return heard_; }
    uint64_t old_epoch_samples() const { return old_epoch_; }

private:
    void run();

    const echo::Connection& connection_;
    const std::shared_ptr<echo::NpcFeed> feed_;
    std::atomic<int64_t> paused_until_us_{0};
    std::atomic<echo::Era> expected_{0};
    std::atomic<uint64_t> heard_{0};
    std::atomic<uint64_t> old_epoch_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace live
