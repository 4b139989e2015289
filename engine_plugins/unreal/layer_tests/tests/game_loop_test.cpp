#include <gtest/gtest.h>

#include <functional>

#include "EchoCore/Game/ClientName.h"
#include "client.h"
#include "scripted_game.h"

/// The scripted game over real sockets: ticks, a sound callback in a thread of its own, restarts and reloads.
namespace {

using namespace client_test;
using scripted::SoundThread;

struct Game : scripted::Game {
    explicit Game(int port, const std::string& npc = "mira", const std::string& client = "layer-test")
        : Game(port, npc, client, echo::Outcome()) {}
    Game(int port, const std::string& npc, const std::string& client, echo::Outcome outcome)
        : scripted::Game(settings(port, client), npc, outcome) {
        EXPECT_TRUE(outcome.ok()) << outcome.sentence();
    }
    ~Game() { EXPECT_EQ(refused, 0); }

    static echo::Settings settings(int port, const std::string& client) {
        echo::Settings wanted;
        wanted.control_port = static_cast<uint16_t>(port);
        wanted.client = client;
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

TEST(GameLoop, AnotherLevelOverTheSameConnection) {
    FakeRuntime runtime({});
    Game game(runtime.control_port());
    ASSERT_TRUE(game.tick_until([&] { return game.open && runtime.subscriptions() == 2; }));
    runtime.picture("mira", 1);
    ASSERT_TRUE(game.tick_until([&] { return game.shown_seq == 1; }));
    game.change_level();
    EXPECT_FALSE(game.presence.open());
    ASSERT_TRUE(game.tick_until([&] { return game.open && runtime.count("open_npc") == 2; }));
    const SoundThread sound(game.pull);
    ASSERT_TRUE(eventually([&] {
        runtime.picture("mira", 2);  // until the new subscription is there
        game.tick();
        return game.shown_seq == 2;
    }));
    runtime.speech("mira", 3, echo::monotonic_us(), 1600, 0, true);
    EXPECT_TRUE(game.tick_until([&] { return game.pull->heard_samples() == 1600; }));
    EXPECT_EQ(runtime.count("hello"), 1);
}

TEST(GameLoop, TwoPlayersOfOneEditor) {
    FakeRuntime runtime({});
    const std::string folder = testing::TempDir();
    const echo::ClientName first_name("two-players", folder);
    const echo::ClientName second_name("two-players", folder);
    ASSERT_NE(first_name.text(), second_name.text()) << "of one name they would take the session from each other";
    Game first(runtime.control_port(), "mira", first_name.text());
    Game second(runtime.control_port(), "bob", second_name.text());
    ASSERT_TRUE(eventually([&] {
        first.tick();
        second.tick();
        return first.open && second.open && runtime.subscriptions() == 4;
    }));
    runtime.picture("mira", 7);
    runtime.picture("bob", 9);
    ASSERT_TRUE(eventually([&] {
        first.tick();
        second.tick();
        return first.shown_seq == 7 && second.shown_seq == 9;
    }));
    first.state.paused = true;
    ASSERT_TRUE(eventually([&] {
        first.tick();
        second.tick();
        return runtime.count("pause") == 1;
    }));
    EXPECT_FALSE(second.pause.still()) << "each player has a pause of its own";
}

TEST(GameLoop, AnAvatarThatDoesNotExistIsSaidOnce) {
    FakeRuntime::Behaviour behaviour;
    behaviour.absent = "nobody";
    auto runtime = std::make_unique<FakeRuntime>(behaviour);
    behaviour.control_port = runtime->control_port();
    Game game(behaviour.control_port, "nobody");
    ASSERT_TRUE(game.tick_until([&] { return game.told.size() == 1; }));
    EXPECT_EQ(game.told[0], "There is no avatar of this name.");
    EXPECT_FALSE(game.open);
    runtime.reset();
    behaviour.run = "run-2";
    runtime = std::make_unique<FakeRuntime>(behaviour);
    ASSERT_TRUE(game.tick_until([&] { return game.run == "run-2" && runtime->count("open_npc") == 1; }));
    for (int i = 0; i < 50; ++i) {
        game.tick();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    EXPECT_EQ(game.told.size(), 1u) << "the next run says the same, which is known";
    EXPECT_EQ(game.pictures, 0u);
}

TEST(GameLoop, WithoutARuntimeTheGameRunsOn) {
    int port = 0;
    { port = FakeRuntime({}).control_port(); }
    Game game(port);
    const SoundThread sound(game.pull);
    const uint64_t pulls = game.pull->pulls();
    ASSERT_TRUE(game.tick_until([&] { return game.pull->pulls() > pulls + 10; }));
    EXPECT_EQ(game.pull->heard_samples(), 0u);
    EXPECT_EQ(game.connection->status(), echo::Status::connecting);
    EXPECT_FALSE(game.open);
}

TEST(GameLoop, ThePlayerIsSeenAndHeard) {
    FakeRuntime runtime({});
    Game game(runtime.control_port());
    ASSERT_TRUE(game.tick_until([&] { return game.open; }));
    for (const auto& [curves, count] :
         {std::pair{"arkit52", 52u}, {"fb70", 70u}, {"htc51", 51u}, {"androidxr68", 68u}}) {
        echo::PlayerFace face;
        face.curves = curves;
        face.count = count;
        face.source = "unreal";
        const std::vector<float> values(count, 0.5f);
        const echo::Bytes bytes{reinterpret_cast<const uint8_t*>(values.data()), 4 * values.size()};
        EXPECT_TRUE(game.connection->send(face, bytes).ok()) << curves;
    }
    const std::vector<int16_t> sound(320);
    echo::PlayerAudio audio;
    audio.rate = 16'000;
    EXPECT_TRUE(game.connection->send(audio, {reinterpret_cast<const uint8_t*>(sound.data()), 640}).ok());
    EXPECT_TRUE(
        game.tick_until([&] { return runtime.count("player_face") == 4 && runtime.count("player_audio") == 1; }));
    echo::PlayerFace wrong;
    wrong.curves = "arkit52";
    wrong.count = 52;
    const echo::Outcome outcome = game.connection->send(wrong, {});
    EXPECT_FALSE(outcome.ok()) << "52 values are announced, and none come";
    EXPECT_NE(std::string(outcome.sentence()).find("announced"), std::string::npos) << outcome.sentence();
}

}  // namespace
