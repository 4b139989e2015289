#include <gtest/gtest.h>

#include "EchoCore/Game/Attentiveness.h"
#include "EchoCore/Game/GamePause.h"
#include "EchoCore/Game/HeardTime.h"
#include "EchoCore/Game/NpcPresence.h"
#include "EchoCore/Game/SaidOnce.h"
#include "EchoCore/Game/TexturePair.h"

namespace {

using echo::GamePause;
using echo::GameState;
using Send = echo::GamePause::Send;
constexpr int64_t second = 1'000'000;

TEST(Attention, ByTheAngleOfTheLook) {
    EXPECT_EQ(echo::Attentiveness::share(1.0), 1.0);
    EXPECT_EQ(echo::Attentiveness::share(-1.0), 0.0);
    EXPECT_EQ(echo::Attentiveness::share(std::nan("")), 0.0) << "the player stands where the NPC does";
    EXPECT_NEAR(echo::Attentiveness::share(std::cos(24.0 * 3.14159265358979 / 180.0)), 0.5, 1e-9);
}

TEST(Attention, IsToldWhenItHasChanged) {
    echo::Attentiveness looks;
    EXPECT_TRUE(looks.worth_telling(0.5, 0));
    EXPECT_FALSE(looks.worth_telling(0.9, 100'000)) << "too soon";
    EXPECT_FALSE(looks.worth_telling(0.52, 300'000)) << "too little";
    EXPECT_TRUE(looks.worth_telling(0.9, 300'000));
    looks.forget();
    EXPECT_TRUE(looks.worth_telling(0.9, 600'000)) << "another run of the runtime";
}

TEST(Pause, IsToldOncePerChange) {
    GamePause pause;
    GameState game;
    EXPECT_EQ(pause.tick(game, true, 0), Send::resume) << "an earlier game may have left it paused";
    EXPECT_EQ(pause.tick(game, true, 1), Send::nothing);
    game.paused = true;
    EXPECT_EQ(pause.tick(game, true, 2), Send::pause);
    EXPECT_EQ(pause.tick(game, true, 3), Send::nothing);
    game.time_scale = 0.0;
    EXPECT_EQ(pause.tick(game, true, 4), Send::nothing);
    game.paused = false;
    EXPECT_EQ(pause.tick(game, true, 5), Send::nothing) << "time stands still";
    game.time_scale = 0.5;
    EXPECT_EQ(pause.tick(game, true, 6), Send::resume);
}

TEST(Pause, IsToldAgainToANewRuntime) {
    GamePause pause;
    GameState game;
    game.paused = true;
    EXPECT_EQ(pause.tick(game, false, 0), Send::nothing);
    EXPECT_TRUE(pause.still());
    EXPECT_EQ(pause.tick(game, true, 1), Send::pause);
    EXPECT_EQ(pause.tick(game, false, 2), Send::nothing) << "lost";
    pause.opened();
    EXPECT_EQ(pause.tick(game, true, 3), Send::pause);
}

TEST(Pause, FocusCountsWhereItIsWanted) {
    GameState game;
    game.focused = false;
    EXPECT_EQ(GamePause(false).tick(game, true, 0), Send::resume);
    EXPECT_EQ(GamePause(true).tick(game, true, 0), Send::pause);
}

TEST(Pause, ABreakpointIsCountedAndNeedsNoMessage) {
    GamePause pause;
    GameState game;
    pause.tick(game, true, 0);
    EXPECT_EQ(pause.tick(game, true, 180 * second), Send::nothing);
    EXPECT_EQ(pause.gaps(), 1u);
    EXPECT_EQ(pause.last_gap_us(), 180 * second);
}

echo::Notice notice(echo::Notice::Kind kind, echo::Status status = echo::Status::connected, bool returned = false) {
    echo::Notice made;
    made.kind = kind;
    made.status = status;
    made.returned = returned;
    made.npc = kind == echo::Notice::Kind::opened ? "mira" : "";
    return made;
}

TEST(Presence, OutlivesALostConnectionButNoRestart) {
    using Kind = echo::Notice::Kind;
    using Change = echo::NpcPresence::Change;
    const echo::Name mira("mira");
    echo::NpcPresence presence;
    EXPECT_EQ(presence.read(notice(Kind::welcome), mira), Change::none);
    EXPECT_FALSE(presence.open());
    EXPECT_EQ(presence.read(notice(Kind::opened), echo::Name("bo")), Change::none) << "another NPC";
    EXPECT_EQ(presence.read(notice(Kind::opened), mira), Change::opened);
    EXPECT_TRUE(presence.open());
    presence.read(notice(Kind::status, echo::Status::lost), mira);
    EXPECT_FALSE(presence.open());
    EXPECT_EQ(presence.read(notice(Kind::welcome, echo::Status::connected, true), mira), Change::back);
    EXPECT_TRUE(presence.open()) << "the session is there, and nothing more will be said";
    presence.read(notice(Kind::status, echo::Status::lost), mira);
    presence.read(notice(Kind::welcome), mira);
    EXPECT_FALSE(presence.open()) << "a new run: it must be opened first";
    echo::Notice failed = notice(Kind::failed);
    EXPECT_EQ(presence.read(failed, mira), Change::none) << "of a command";
    failed.npc = "mira";
    EXPECT_EQ(presence.read(failed, mira), Change::failed);
}

TEST(Presence, NamesOfNpcs) {
    EXPECT_TRUE(echo::is_npc_name("mira_2.b-C"));
    EXPECT_FALSE(echo::is_npc_name(""));
    EXPECT_FALSE(echo::is_npc_name("mi ra"));
    EXPECT_FALSE(echo::is_npc_name("mi/ra"));
    EXPECT_FALSE(echo::is_npc_name(std::string(65, 'a')));
}

TEST(HeardTime, RunsOnBetweenBlocksAndNoFurther) {
    echo::HeardTime time;
    EXPECT_EQ(time.at(1000, 0, false), 1000);
    EXPECT_EQ(time.at(65'000, 64'000, false), 65'000);
    EXPECT_EQ(time.at(65'000, 74'000, false), 75'000);
    EXPECT_EQ(time.at(65'000, 164'000, false), 129'000) << "an underrun: the time stands still";
    EXPECT_EQ(time.at(129'000, 170'000, false), 129'000);
}

TEST(HeardTime, WithoutSoundTheClockRules) {
    echo::HeardTime time;
    EXPECT_EQ(time.at(std::nullopt, second, false), second - 40'000);
    EXPECT_EQ(time.at(second, 2 * second, false), second);
    EXPECT_EQ(time.at(second, 4 * second, false), 4 * second - 40'000) << "the device has stopped";
    EXPECT_EQ(time.at(5 * second, 6 * second, false), 5 * second) << "and goes on";
}

TEST(HeardTime, StandsStillWithTheGame) {
    echo::HeardTime time(10'000);
    EXPECT_EQ(time.at(second, second, false), second - 10'000);
    EXPECT_EQ(time.at(second, 2 * second, true), second - 10'000);
    EXPECT_EQ(time.at(second, 200 * second, true), second - 10'000);
    EXPECT_EQ(time.at(second, 200 * second + 10'000, false), second - 10'000) << "the first block is still to come";
}

TEST(Textures, AlternateAndAreMadeAnewWithTheSize) {
    echo::TexturePair pair;
    echo::Video video;
    video.format = "bgra8";
    video.width = video.height = 256;
    video.stride = 1024;
    using Step = echo::TexturePair::Step;
    ASSERT_EQ(pair.next(video, 1024 * 256), Step::create);
    const int first = pair.back();
    pair.written();
    ASSERT_EQ(pair.next(video, 1024 * 256), Step::write);
    EXPECT_NE(pair.back(), first);
    EXPECT_EQ(pair.front(), first);
    pair.written();
    video.width = 128;
    video.stride = 512;
    ASSERT_EQ(pair.next(video, 512 * 256), Step::create);
    EXPECT_EQ(pair.width(), 128u);
    EXPECT_EQ(pair.height(), 256u);
}

TEST(Textures, RefuseWhatCannotBeShown) {
    echo::TexturePair pair;
    echo::Video video;
    video.format = "jpeg";
    video.width = video.height = 8;
    video.stride = 32;
    using Step = echo::TexturePair::Step;
    EXPECT_EQ(pair.next(video, 256), Step::skip);
    EXPECT_NE(pair.trouble().find("jpeg"), std::string::npos);
    video.format = "rgba8";
    EXPECT_EQ(pair.next(video, 255), Step::skip);
    EXPECT_EQ(pair.next(video, 256), Step::create);
    EXPECT_TRUE(pair.red_first());
    video.width = 5000;
    video.stride = 20'000;
    EXPECT_EQ(pair.next(video, 160'000), Step::skip);
}

TEST(SaidOnce, IsSaidOnce) {
    echo::SaidOnce said;
    EXPECT_TRUE(said.first("a"));
    EXPECT_FALSE(said.first("a"));
    for (int i = 0; i < 300; ++i) EXPECT_TRUE(said.first(std::to_string(i)));
    said.forget();
    EXPECT_TRUE(said.first("a"));
}

}  // namespace
