#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "EchoCore/ClockOffset.h"
#include "EchoCore/Connection.h"
#include "EchoCore/Game/FaceShow.h"
#include "EchoCore/Game/GamePause.h"
#include "EchoCore/Game/NpcPresence.h"
#include "EchoCore/Game/SaidOnce.h"
#include "EchoCore/Game/TexturePair.h"
#include "EchoCore/Game/VoicePull.h"

/// A game without an engine: a tick per frame, and a sound callback in a thread of its own.
namespace scripted {

/// Stands for the engine's sound device: asks for 256 samples at 16 kHz every 16 ms, whatever the game does.
class SoundThread {
public:
    explicit SoundThread(std::shared_ptr<echo::VoicePull> pull)
        : pull_(std::move(pull)), thread_([this] {
              int16_t block[256];
              while (!stop_) {
                  pull_->pull(block, 256);
                  std::this_thread::sleep_for(std::chrono::milliseconds(16));
              }
          }) {}
    ~SoundThread() {
        stop_ = true;
        thread_.join();
    }

private:
    std::shared_ptr<echo::VoicePull> pull_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

/// What an engine's subsystem and component for one NPC do in each frame.
class Game {
public:
    Game(const echo::Settings& settings, const std::string& npc, echo::Outcome& outcome)
        : npc_(npc), connection(echo::Connection::open(settings, outcome)) {
        if (connection == nullptr) return;
        feed = connection->open_npc(npc_);
        show = std::make_unique<echo::FaceShow>(feed, 0);
        pull = std::make_shared<echo::VoicePull>(feed, clock);
    }
    ~Game() {
        if (pull != nullptr) pull->end();
    }

    /// Another level: the component goes with its actor, one of the next level joins, the connection stays.
    void change_level() {
        pull->end();
        connection->leave(npc_);
        presence.reset();
        textures.reset();
        feed = connection->open_npc(npc_);
        show = std::make_unique<echo::FaceShow>(feed, 0);
        pull = std::make_shared<echo::VoicePull>(feed, clock);
    }

    /// One frame; returns whether a new picture was shown. `refused` counts commands that could not be sent.
    bool tick() {
        connection->take_notices(notices);
        for (const echo::Notice& notice : notices) {
            const auto change = presence.read(notice, npc_);
            if (change == echo::NpcPresence::Change::opened || change == echo::NpcPresence::Change::back)
                pause.opened();
            if (change == echo::NpcPresence::Change::failed && said.first(notice.text)) told.push_back(notice.text);
            if (notice.kind == echo::Notice::Kind::welcome) {
                run = notice.run;
                returned = notice.returned;
            }
        }
        open = presence.open();
        const int64_t now_us = connection->runtime_now_us();
        clock->set(now_us);
        const auto send = pause.tick(state, open, echo::monotonic_us());
        if (send == echo::GamePause::Send::pause) command<echo::Pause>();
        if (send == echo::GamePause::Send::resume) command<echo::Resume>();
        pull->hold(pause.still());
        show->tick(now_us, pause.still());
        echo::Frame* frame = show->new_picture();
        if (frame == nullptr) return false;
        const auto step = textures.next(frame->header, frame->pixels.bytes().size);
        if (step == echo::TexturePair::Step::skip) return false;
        created += step == echo::TexturePair::Step::create ? 1 : 0;
        header = frame->header;
        kept = std::move(frame->pixels);  // the renderer's, until it has been uploaded
        textures.written();
        shown_seq = header.seq;
        ++pictures;
        return true;
    }

private:
    template <class Command>
    void command() {
        Command message;
        message.npc = npc_;
        uint64_t id = 0;
        if (!connection->begin(message, {}, id)) ++refused;
    }

    const echo::Name npc_;

public:
    std::unique_ptr<echo::Connection> connection;
    std::vector<echo::Notice> notices;
    std::shared_ptr<echo::NpcFeed> feed;
    std::shared_ptr<echo::RuntimeClock> clock = std::make_shared<echo::RuntimeClock>();
    std::shared_ptr<echo::VoicePull> pull;
    std::unique_ptr<echo::FaceShow> show;
    echo::NpcPresence presence;
    echo::GamePause pause;
    echo::GameState state;
    /// What the log would show of failures.
    echo::SaidOnce said;
    std::vector<std::string> told;
    echo::TexturePair textures;
    echo::Payload kept;
    echo::Video header;
    std::string run;
    bool returned = false;
    bool open = false;
    uint64_t shown_seq = 0;
    uint64_t pictures = 0;
    int created = 0;
    int refused = 0;
};

}  // namespace scripted
