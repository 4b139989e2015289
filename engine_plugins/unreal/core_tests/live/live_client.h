#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "EchoCore/Speaker.h"
#include "input_lines.h"
#include "latencies.h"
#include "options.h"
#include "sound_device.h"

namespace live {

/// A game without an engine: its loop takes the newest picture of every NPC that it watches, its sound device pulls the
/// voice, and what happens is told on stdout.
class LiveClient {
public:
    explicit LiveClient(const Options& options);

    /// Runs until the time is over, the input ends or says `quit`; returns the exit status.
    int run();

private:
    void on_frame(const echo::Video& header, int64_t placed_us);
    bool obey(const std::string& line);
    void speak(const std::string& file, uint32_t rate);
    void post(const std::string& text);
    template <class Command>
    void begin(const char* name, const Command& command);
    void tick(int64_t now_us);
    void read_notices(int64_t now_us);
    void tell(const echo::Notice& notice);
    void take_frames(int64_t now_us);
    void take_cues();
    void expect(echo::Era era);
    void summarize();

    const Options options_;
    InputLines input_;
    std::unique_ptr<echo::Connection> connection_;
    std::shared_ptr<echo::NpcFeed> main_feed_;
    std::unique_ptr<SoundDevice> sound_;
    std::vector<std::unique_ptr<echo::Speaker>> speakers_;
    std::map<uint64_t, std::string> commands_;
    std::vector<echo::Notice> notices_;
    uint32_t next_utt_ = 1;
    uint32_t runs_ = 0;
    bool quit_ = false;

    // What was seen.
    bool first_frame_due_ = false;
    int64_t stalled_until_us_ = 0;
    bool stall_over_due_ = false;
    uint64_t shown_ = 0;
    uint64_t old_epoch_shown_ = 0;
    echo::Era expected_ = 0;
    uint64_t resident_first_ = 0;

    // In the receiving thread; read when it has ended.
    std::atomic<bool> clock_known_{false};
    Latencies latencies_;
    uint64_t frames_counted_ = 0;
    uint64_t allocated_from_ = 0;
    uint64_t allocated_to_ = 0;
    uint64_t process_from_ = 0;
    uint64_t process_to_ = 0;

    // In the game's thread.
    uint64_t takes_ = 0;
    uint64_t allocated_by_takes_ = 0;
};

}  // namespace live
