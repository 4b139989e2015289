#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "EchoCore/Game/EngineAxes.h"
#include "EchoCore/Game/ProcessSupervisor.h"
#include "EchoCore/Game/Resampler.h"
#include "EchoCore/Speaker.h"
#include "scripted_game.h"

/// A game with the real runtime, as the Unreal layer plays it: starts the runtime, meets an NPC, makes it speak,
/// pauses, reloads, loses the runtime and gets it back. Prints a line for each act.
///
///     layer-game LIBZMQ PORT NPC PROGRAM [ARGUMENT …]
namespace {

constexpr int64_t patience_us = 180'000'000;

/// The runtime that has been started: it must not outlive a game that fails.
pid_t started = -1;

/// The runtime as a child process.
class Child : public echo::ProcessHost {
public:
    explicit Child(char** program) : program_(program) {}

    bool start(std::string& why) override {
        pid = fork();
        if (pid == 0) {
            execvp(program_[0], program_);
            _exit(127);
        }
        if (pid < 0) why = "fork has failed.";
        started = pid;
        return pid > 0;
    }
    bool running() override {
        if (pid > 0 && waitpid(pid, nullptr, WNOHANG) != 0) started = pid = -1;
        return pid > 0;
    }
    void end(bool hard) override { kill(pid, hard ? SIGKILL : SIGTERM); }

    pid_t pid = -1;

private:
    char** program_;
};

[[noreturn]] void fail(const char* what) {
    std::printf("FAILED %s\n", what);
    if (started > 0) kill(started, SIGKILL);
    std::exit(1);
}

class Play {
public:
    Play(const char* library, int port, const char* npc, char** program)
        : npc_(npc), child_(program), runtime_(child_) {
        settings_.zmq_library = library;
        settings_.control_port = static_cast<uint16_t>(port);
        settings_.client = "layer-game";
    }
    ~Play() { runtime_.stop_now(); }

    void perform() {
        runtime_.begin(echo::monotonic_us());
        begin();
        float values[echo::limits::curves];
        echo::Rotation head;
        until([&] { return game_->pictures > 10 && game_->show->face(values, head); }, "the NPC is seen");
        if (runtime_.state() != echo::ProcessSupervisor::State::running) fail("the runtime is ours");
        if (game_->show->count() != 52 || game_->show->curves() != echo::Name("arkit52")) fail("52 coefficients");
        const echo::PictureCamera camera{game_->header.camera_fov, game_->header.camera_distance, 1.0};
        if (!camera.known()) fail("the picture says with which camera it is seen");
        std::printf("seen %u %u\n", game_->textures.width(), game_->textures.height());

        speak();
        game_->state.paused = true;
        uint64_t pictures = game_->pictures;
        int64_t since = echo::monotonic_us();
        until(
            [&] {
                if (game_->pictures != pictures) since = echo::monotonic_us();
                pictures = game_->pictures;
                return echo::monotonic_us() - since > 1'000'000;
            },
            "the NPC stands still");
        game_->state.paused = false;
        until([&] { return game_->pictures > pictures + 10; }, "and goes on");
        std::printf("paused\n");

        begin();  // the sound thread of before runs on for a while, as in an editor
        until([&] { return game_->open && game_->pictures > 10; }, "it is seen after a reload");
        if (runtime_.starts() != 1) fail("one start");
        std::printf("reloaded\n");

        const std::string run = game_->run;
        kill(child_.pid, SIGKILL);
        until([&] { return runtime_.state() == echo::ProcessSupervisor::State::waiting; }, "its end is noticed");
        until([&] { return game_->run != run && game_->open; }, "another run has opened it");
        pictures = game_->pictures;
        until([&] { return game_->pictures > pictures + 10; }, "it is seen again");
        if (runtime_.starts() != 2) fail("two starts");
        std::printf("restarted\n");

        runtime_.stop(echo::monotonic_us());
        until([&] { return runtime_.state() == echo::ProcessSupervisor::State::off; }, "the runtime ends");
        std::printf("stopped\n");
    }

private:
    void begin() {
        sound_before_ = std::move(sound_);
        game_.reset();
        echo::Outcome outcome;
        game_ = std::make_unique<scripted::Game>(settings_, npc_, outcome);
        if (!outcome) fail(outcome.sentence());
        sound_ = std::make_unique<scripted::SoundThread>(game_->pull);
    }

    void speak() {
        std::vector<int16_t> tone(2 * 44'100);
        for (size_t i = 0; i < tone.size(); ++i)
            tone[i] = static_cast<int16_t>(12'000.0 * std::sin(static_cast<double>(i) / 20.0));
        std::vector<int16_t> samples;
        if (!echo::speech_of(tone.data(), tone.size(), 44'100, 1, samples)) fail("resampled");
        const size_t count = samples.size();
        echo::Speaker speaker(*game_->connection, echo::Name(npc_), 1, std::move(samples), 16'000, 1, "Hello there.");
        const uint64_t before = game_->pull->heard_samples();
        until(
            [&] {
                const int64_t now_us = echo::monotonic_us();
                for (const echo::Notice& notice : game_->notices) speaker.read(notice, now_us);
                speaker.tick(now_us);
                return speaker.finished();
            },
            "the end of the speech");
        if (!speaker.failure().empty()) fail(speaker.failure().c_str());
        wait([&] { return game_->pull->heard_samples() >= before + count; });
        if (game_->pull->heard_samples() < before + count) {
            std::printf("%llu of %llu samples\n",
                        static_cast<unsigned long long>(game_->pull->heard_samples() - before),
                        static_cast<unsigned long long>(count));
            fail("every sample is heard");
        }
        std::printf("heard %llu of %llu\n", static_cast<unsigned long long>(game_->pull->heard_samples() - before),
                    static_cast<unsigned long long>(count));
    }

    void until(const std::function<bool()>& holds, const char* what) {
        if (!wait(holds)) fail(what);
    }

    /// Plays on until it holds; false if it never does.
    bool wait(const std::function<bool()>& holds) {
        const int64_t end = echo::monotonic_us() + patience_us;
        while (echo::monotonic_us() < end) {
            runtime_.tick(game_->connection->status() == echo::Status::connected, echo::monotonic_us());
            game_->tick();
            if (holds()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    const std::string npc_;
    echo::Settings settings_;
    Child child_;
    echo::ProcessSupervisor runtime_;
    std::unique_ptr<scripted::Game> game_;
    std::unique_ptr<scripted::SoundThread> sound_;
    std::unique_ptr<scripted::SoundThread> sound_before_;
};

}  // namespace

int main(int count, char** words) {
    if (count < 5) {
        std::fprintf(stderr, "usage: layer-game LIBZMQ PORT NPC PROGRAM [ARGUMENT ...]\n");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Play(words[1], std::atoi(words[2]), words[3], words + 4).perform();
    return 0;
}
