#include <gtest/gtest.h>

#include <functional>

#include "client.h"
#include "scripted_game.h"

/// The scripted game over real sockets: ticks, a sound callback in a thread of its own, restarts and reloads.
namespace {

using namespace client_test;
using scripted::SoundThread;

struct Game : scripted::Game {
    explicit Game(int port) : Game(port, echo::Outcome()) {}
    Game(int port, echo::Outcome outcome) : scripted::Game(settings(port), "mira", outcome) {
        EXPECT_TRUE(outcome.ok()) << outcome.sentence();
    }
    ~Game() { EXPECT_EQ(refused, 0); }

    static echo::Settings settings(int port) {
        echo::Settings wanted;
        wanted.control_port = static_cast<uint16_t>(port);
        wanted.client = "layer-test";
        wanted.zmq_library = ECHO_ZMQ_LIBRARY;
        return wanted;
    }

    bool tick_until(const std::function<bool()>& condition) {
        return eventually([&] {
            tick();
            return condition();
        });
    }
};

void coefficients(FakeRuntime& runtime, uint64_t seq, float value) {
    echo::Coefficients header;
    header.npc = "mira";
    header.seq = seq;
    header.pts = echo::monotonic_us();
    header.origin = "generated";
    header.curves = "one";
    header.count = 1;
    std::vector<uint8_t> payload(4);
    std::memcpy(payload.data(), &value, 4);
    runtime.publish("cues", header, payload);
}

TEST(GameLoop, ShowsAndHears) {
    FakeRuntime runtime({});
    Game game(runtime.control_port());
    SoundThread sound(game.pull);
    ASSERT_TRUE(game.tick_until([&] { return game.open && runtime.subscriptions() == 2; }));
    runtime.picture("mira", 1);
    coefficients(runtime, 1, 0.75f);
    ASSERT_TRUE(game.tick_until([&] { return game.shown_seq == 1; }));
    EXPECT_EQ(game.kept.bytes().size, 256u);
    float value = 0.0f;
    echo::Rotation head;
    ASSERT_TRUE(game.tick_until([&] { return game.show->face(&value, head); }));
    EXPECT_EQ(value, 0.75f);
    EXPECT_EQ(game.show->count(), 1u);

    runtime.speech("mira", 1, echo::monotonic_us(), 3200, 0, true);
    EXPECT_TRUE(game.tick_until([&] { return game.pull->heard_samples() == 3200; }));
    EXPECT_EQ(runtime.count("resume"), 1);
    EXPECT_EQ(runtime.count("pause"), 0);
}

TEST(GameLoop, ASizeThatChangesMakesNewTextures) {
    FakeRuntime runtime({});
    Game game(runtime.control_port());
    ASSERT_TRUE(game.tick_until([&] { return runtime.subscriptions() == 2; }));
    for (uint64_t seq = 1; seq <= 6; ++seq) {
        runtime.picture("mira", seq, 0, false, seq < 4 ? 8 : 16);
        ASSERT_TRUE(game.tick_until([&] { return game.shown_seq == seq; }));
    }
    EXPECT_EQ(game.created, 2);
    EXPECT_EQ(game.textures.width(), 16u);
}

TEST(GameLoop, APausedGameHearsNothingAndGoesOn) {
    FakeRuntime runtime({});
    Game game(runtime.control_port());
    SoundThread sound(game.pull);
    ASSERT_TRUE(game.tick_until([&] { return game.open && runtime.subscriptions() == 2; }));
    game.state.paused = true;
    ASSERT_TRUE(game.tick_until([&] { return runtime.count("pause") == 1; }));
    runtime.speech("mira", 1, echo::monotonic_us(), 1600, 0, true);
    const uint64_t pulls = game.pull->pulls();
    ASSERT_TRUE(game.tick_until([&] { return game.pull->pulls() > pulls + 10; }));
    EXPECT_EQ(game.pull->heard_samples(), 0u) << "the device asks on, the voice waits";
    game.state.paused = false;
    ASSERT_TRUE(game.tick_until([&] { return runtime.count("resume") == 2; }));
    EXPECT_TRUE(game.tick_until([&] { return game.pull->heard_samples() == 1600; }));
}

TEST(GameLoop, ABreakpointIsSurvived) {
    FakeRuntime runtime({});
    Game game(runtime.control_port());
    ASSERT_TRUE(game.tick_until([&] { return runtime.subscriptions() == 2; }));
    for (uint64_t seq = 1; seq <= 2000; ++seq) coefficients(runtime, seq, static_cast<float>(seq));
    for (uint64_t seq = 1; seq <= 50; ++seq) runtime.picture("mira", seq);
    ASSERT_TRUE(eventually([&] { return game.show->feed().counts().frames >= 50; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // nobody ticks
    ASSERT_TRUE(game.tick_until([&] { return game.shown_seq == 50; })) << "the newest, not the first";
    EXPECT_GE(game.pause.gaps(), 1u);
    coefficients(runtime, 2001, 0.5f);
    float value = 0.0f;
    echo::Rotation head;
    EXPECT_TRUE(game.tick_until([&] { return game.show->face(&value, head) && value == 0.5f; }));
}

TEST(GameLoop, ARuntimeRestartOpensPausesAndShowsAgain) {
    auto runtime = std::make_unique<FakeRuntime>(FakeRuntime::Behaviour{});
    const int port = runtime->control_port();
    Game game(port);
    SoundThread sound(game.pull);
    ASSERT_TRUE(game.tick_until([&] { return game.open && runtime->subscriptions() == 2; }));
    runtime->picture("mira", 90);
    ASSERT_TRUE(game.tick_until([&] { return game.shown_seq == 90; }));
    game.state.asked = true;
    ASSERT_TRUE(game.tick_until([&] { return runtime->count("pause") == 1; }));
    runtime.reset();
    FakeRuntime::Behaviour again;
    again.control_port = port;
    again.run = "run-2";
    runtime = std::make_unique<FakeRuntime>(again);
    ASSERT_TRUE(game.tick_until([&] { return runtime->count("pause") == 1; })) << "the new one is told too";
    game.state.asked = false;
    ASSERT_TRUE(game.tick_until([&] { return runtime->count("resume") == 1 && runtime->subscriptions() == 2; }));
    runtime->picture("mira", 1);
    EXPECT_TRUE(game.tick_until([&] { return game.shown_seq == 1; })) << "numbers begin anew with the run";
}

TEST(GameLoop, AReloadUnderARunningSoundThread) {
    FakeRuntime runtime({});
    auto game = std::make_unique<Game>(runtime.control_port());
    SoundThread sound(game->pull);  // as a mixer, it runs on after the component and the connection are gone
    const std::shared_ptr<echo::VoicePull> old = game->pull;
    ASSERT_TRUE(game->tick_until([&] { return runtime.subscriptions() == 2; }));
    game.reset();
    const uint64_t pulls = old->pulls();
    ASSERT_TRUE(eventually([&] { return old->pulls() > pulls + 3; }));
    ASSERT_TRUE(eventually([&] { return runtime.count("bye") == 1; }));
    game = std::make_unique<Game>(runtime.control_port());
    ASSERT_TRUE(game->tick_until([&] { return game->open && runtime.subscriptions() == 4; }));
    runtime.picture("mira", 5);
    EXPECT_TRUE(game->tick_until([&] { return game->shown_seq == 5; }));
}

}  // namespace
