#include "live_client.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include "EchoCore/ClockOffset.h"
#include "EchoCore/MapView.h"
#include "event_line.h"
#include "memory_use.h"

namespace live {

namespace {

/// Frames after which everything that is allocated once has been.
constexpr uint64_t warm_frames = 30;
/// NPCs that are received at most when all are watched.
constexpr size_t most_watched = 64;
constexpr int64_t resident_after_us = 2'000'000;

}  // namespace

LiveClient::LiveClient(const Options& options) : options_(options) {}

int LiveClient::run() {
    echo::Settings settings = options_.settings;
    settings.on_frame = [this](const echo::Video& header, int64_t placed_us) { on_frame(header, placed_us); };
    echo::Outcome outcome;
    connection_ = echo::Connection::open(settings, outcome);
    if (connection_ == nullptr) {
        std::fprintf(stderr, "echo-live: %s\n", outcome.sentence());
        return 2;
    }
    for (const std::string& npc : options_.watched) {
        if (npc.empty()) {
            connection_->watch_all(most_watched);
        } else {
            connection_->watch(echo::Name(npc), false);
        }
    }
    if (!options_.npc.empty()) {
        main_feed_ = connection_->open_npc(echo::Name(options_.npc));
        sound_ = std::make_unique<SoundDevice>(*connection_, main_feed_);
    }
    const int64_t start_us = echo::monotonic_us();
    const int64_t tick_us = static_cast<int64_t>(1e6 / options_.fps);
    int64_t due_us = start_us;
    while (!quit_) {
        const int64_t now_us = echo::monotonic_us();
        const double passed = static_cast<double>(now_us - start_us) / 1e6;
        if (options_.seconds > 0.0 ? passed >= options_.seconds : input_.ended()) break;
        for (std::string line; input_.next(line);) {
            if (!obey(line)) std::fprintf(stderr, "echo-live: cannot obey '%s'\n", line.c_str());
        }
        tick(now_us);
        if (resident_first_ == 0 && now_us - start_us > resident_after_us) resident_first_ = resident_bytes();
        due_us += tick_us;
        const int64_t left_us = due_us - echo::monotonic_us();
        if (left_us > 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(left_us));
        } else {
            due_us -= left_us;  // a slow tick is not made up for
        }
    }
    summarize();
    return 0;
}

// In the receiving thread.
void LiveClient::on_frame(const echo::Video& header, int64_t placed_us) {
    if (header.again || header.published_us == 0 || !clock_known_.load(std::memory_order_relaxed)) return;
    latencies_.add(placed_us - header.published_us);
    if (++frames_counted_ <= warm_frames) {
        allocated_from_ = thread_allocated_bytes();
        process_from_ = process_allocated_bytes();
    }
    allocated_to_ = thread_allocated_bytes();
    process_to_ = process_allocated_bytes();
}

void LiveClient::tick(int64_t now_us) {
    read_notices(now_us);
    for (auto& speaker : speakers_) {
        speaker->tick(now_us);
        if (speaker->id() != 0) commands_.emplace(speaker->id(), "speak_begin");
    }
    for (size_t i = 0; i < speakers_.size();) {
        if (speakers_[i]->finished()) {
            speakers_.erase(speakers_.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
    if (connection_->clock_known()) clock_known_ = true;
    take_cues();
    if (now_us >= stalled_until_us_) take_frames(now_us);
}

void LiveClient::read_notices(int64_t now_us) {
    connection_->take_notices(notices_);
    for (const echo::Notice& notice : notices_) {
        for (auto& speaker : speakers_) {
            if (speaker->read(notice, now_us)) break;
        }
        tell(notice);
    }
}

void LiveClient::tell(const echo::Notice& notice) {
    using Kind = echo::Notice::Kind;
    switch (notice.kind) {
        case Kind::status:
            EventLine("status").text("status", echo::name_of(notice.status)).text("text", notice.text);
            break;
        case Kind::welcome:
            EventLine("welcome")
                .text("session", notice.session)
                .flag("returned", notice.returned)
                .text("run", notice.run);
            first_frame_due_ = true;
            break;
        case Kind::warning:
            EventLine("warning").text("text", notice.text);
            break;
        case Kind::error:
            EventLine("warning").text("text", notice.text).text("code", notice.code);
            break;
        case Kind::opened: {
            const echo::MapView result({notice.result.data(), notice.result.size()});
            int64_t width = 0;
            int64_t height = 0;
            result.whole("width", width);
            result.whole("height", height);
            EventLine("opened").text("npc", notice.npc).whole("width", width).whole("height", height);
            EventLine("answer").natural("id", notice.id).text("command", "open_npc").text("type", "done");
            break;
        }
        case Kind::ack:
            break;
        case Kind::done:
        case Kind::failed: {
            const auto command = commands_.find(notice.id);
            const bool opening = !notice.npc.empty();
            if (command == commands_.end() && !opening) break;  // a piece of speech
            EventLine line("answer");
            line.natural("id", notice.id).text("command", opening ? "open_npc" : command->second);
            line.text("type", notice.kind == Kind::done ? "done" : "failed");
            if (notice.kind == Kind::failed) line.text("code", notice.code).text("text", notice.text);
            int64_t epoch = 0;
            if (notice.kind == Kind::done && command != commands_.end() && command->second == "interrupt" &&
                echo::MapView({notice.result.data(), notice.result.size()}).whole("epoch", epoch)) {
                line.whole("epoch", epoch);
                const uint32_t run = echo::run_of(main_feed_->era());
                expect(echo::era_of(run, static_cast<uint32_t>(epoch)));
            }
            if (command != commands_.end()) commands_.erase(command);
            break;
        }
    }
}

/// What is known by now of the main NPC's epoch: nothing older may be seen or heard from here on.
void LiveClient::expect(echo::Era era) {
    if (era <= expected_) return;
    expected_ = era;
    if (sound_ != nullptr) sound_->expect(era);
}

void LiveClient::take_cues() {
    for (const auto& feed : connection_->feeds()) {
        echo::Cue cue;
        while (feed->next_cue(cue)) {
            EventLine("cue")
                .text("npc", feed->npc().c_str())
                .text("name", cue.header.name.c_str())
                .natural("epoch", cue.header.epoch);
            if (feed == main_feed_) expect(cue.era);
        }
        echo::Face face;
        while (feed->next_face(face)) {
            if (feed == main_feed_) expect(face.era);
        }
    }
}

void LiveClient::take_frames(int64_t now_us) {
    for (const auto& feed : connection_->feeds()) {
        const uint64_t before = thread_allocated_bytes();
        const echo::Frame* frame = feed->take_frame();
        allocated_by_takes_ += thread_allocated_bytes() - before;
        ++takes_;
        if (frame == nullptr) continue;
        ++shown_;
        if (feed == main_feed_) {
            if (frame->era < expected_) ++old_epoch_shown_;
            expect(frame->era);
        }
        const double age_ms = static_cast<double>(connection_->runtime_now_us() - frame->header.published_us) / 1000.0;
        if (first_frame_due_) {
            first_frame_due_ = false;
            EventLine("first_frame")
                .text("npc", feed->npc().c_str())
                .natural("seq", frame->header.seq)
                .flag("again", frame->header.again)
                .real("age_ms", age_ms);
        }
        if (stall_over_due_ && now_us >= stalled_until_us_ && !frame->header.again) {
            stall_over_due_ = false;
            EventLine("stall_over").real("frame_age_ms", age_ms);
        }
    }
}

void LiveClient::summarize() {
    const uint64_t heard = sound_ != nullptr ? sound_->heard_samples() : 0;
    const uint64_t old_heard = sound_ != nullptr ? sound_->old_epoch_samples() : 0;
    sound_.reset();
    echo::FeedCounts sum;
    for (const auto& feed : connection_->feeds()) {
        const echo::FeedCounts counts = feed->counts();
        sum.frames += counts.frames;
        sum.lost += counts.lost;
        sum.outdated += counts.outdated;
        sum.overflowed += counts.overflowed;
        sum.underruns += counts.underruns;
    }
    const echo::LinkCounts link = connection_->counts();
    const int64_t before_us = echo::monotonic_us();
    connection_.reset();  // the receiving thread has ended: its numbers stand still
    const double closing_ms = static_cast<double>(echo::monotonic_us() - before_us) / 1000.0;
    const uint64_t steady = frames_counted_ > warm_frames ? frames_counted_ - warm_frames : 0;
    EventLine line("summary");
    line.natural("frames", sum.frames).natural("shown", shown_).natural("lost", sum.lost);
    line.natural("old_epoch_shown", old_epoch_shown_).natural("old_epoch_heard_samples", old_heard);
    line.natural("heard_samples", heard).natural("underruns", sum.underruns);
    if (latencies_.count() != 0) {
        line.real("p50_ms", latencies_.ms(0.5))
            .real("p99_ms", latencies_.ms(0.99))
            .real("max_ms", latencies_.most_ms());
    } else {
        line.null("p50_ms").null("p99_ms").null("max_ms");
    }
    if (steady != 0 && allocations_are_counted()) {
        const double frames = static_cast<double>(steady);
        line.real("alloc_bytes_per_frame", static_cast<double>(allocated_to_ - allocated_from_) / frames +
                                               static_cast<double>(allocated_by_takes_) / static_cast<double>(takes_));
        // libzmq allocates the memory of each message in a thread of its own, and that of the game's loop is counted
        // too
        line.real("process_alloc_bytes_per_frame", static_cast<double>(process_to_ - process_from_) / frames);
    } else {
        line.null("alloc_bytes_per_frame").null("process_alloc_bytes_per_frame");
    }
    line.natural("resident_bytes_first", resident_first_).natural("resident_bytes_last", resident_bytes());
    line.natural("malformed", link.malformed).natural("unknown", link.unknown).natural("unwanted", link.unwanted);
    line.natural("outdated", sum.outdated).natural("overflowed", sum.overflowed).real("closing_ms", closing_ms);
}

}  // namespace live
