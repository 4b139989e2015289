#include "sound_device.h"

#include <chrono>
#include <vector>

#include "EchoCore/ClockOffset.h"

namespace live {

namespace {

constexpr int64_t block_samples = 1024;
constexpr int64_t device_rate = 48'000;
/// Of a voice at 192 kHz.
constexpr size_t most_samples = 8192;

}  // namespace

SoundDevice::SoundDevice(const echo::Connection& connection, std::shared_ptr<echo::NpcFeed> feed)
    : connection_(connection), feed_(std::move(feed)), thread_([this] { run(); }) {}

SoundDevice::~SoundDevice() {
    stop_ = true;
    thread_.join();
}

void SoundDevice::pause(double seconds) {
    paused_until_us_ = echo::monotonic_us() + static_cast<int64_t>(seconds * 1e6);
}

void SoundDevice::run() {
    std::vector<float> block(most_samples);
    const int64_t start_us = echo::monotonic_us();
    // samples of the voice that are owed beyond whole ones, in 1 / device_rate
    int64_t owed = 0;
    for (int64_t number = 1; !stop_; ++number) {
        const int64_t due_us = start_us + number * block_samples * 1'000'000 / device_rate;
        const int64_t wait_us = due_us - echo::monotonic_us();
        if (wait_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(wait_us));
        if (due_us < paused_until_us_) continue;
        owed += block_samples * feed_->speech_rate();
        const int64_t count = owed / device_rate;
        owed -= count * device_rate;
        const echo::Era expected = expected_;
        echo::Era era = 0;
        const int64_t heard = feed_->pull_speech(block.data(), count, connection_.runtime_now_us(), &era);
        heard_ += static_cast<uint64_t>(heard);
        if (era < expected) old_epoch_ += static_cast<uint64_t>(heard);
    }
}

}  // namespace live
