#include <gtest/gtest.h>

#include <chrono>

#include "EchoCore/ClockOffset.h"
#include "EchoCore/Connection.h"
#include "EchoCore/FrameQueue.h"
#include "EchoCore/Speaker.h"
#include "fake_runtime.h"

namespace {

using echo::Connection;
using echo::Notice;
using echo::Outcome;
using echo::Settings;
using echo::Status;

/// Generous: a busy machine may leave a thread waiting for seconds.
constexpr int64_t patience_us = 20'000'000;

template <class Condition>
bool eventually(Condition condition) {
    const int64_t end = echo::monotonic_us() + patience_us;
    while (!condition()) {
        if (echo::monotonic_us() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

struct Client {
    explicit Client(int port, const Settings& given = {}) {
        Settings settings = given;
        settings.control_port = static_cast<uint16_t>(port);
        if (settings.client.empty()) settings.client = "core-test";
        settings.zmq_library = ECHO_ZMQ_LIBRARY;
        Outcome outcome;
        connection = Connection::open(settings, outcome);
        EXPECT_TRUE(outcome.ok()) << outcome.sentence();
    }

    /// All notices so far.
    const std::vector<Notice>& notices() {
        std::vector<Notice> fresh;
        connection->take_notices(fresh);
        for (Notice& notice : fresh) all.push_back(std::move(notice));
        return all;
    }
    int count(Notice::Kind kind) {
        int found = 0;
        for (const Notice& notice : notices()) found += notice.kind == kind ? 1 : 0;
        return found;
    }
    int count(Status status) {
        int found = 0;
        for (const Notice& notice : notices()) {
            found += notice.kind == Notice::Kind::status && notice.status == status ? 1 : 0;
        }
        return found;
    }
    bool wait_for(Status status) {
        return eventually([&] { return connection->status() == status; });
    }

    std::unique_ptr<Connection> connection;
    std::vector<Notice> all;
};

echo::Frame* next_frame(echo::NpcFeed& feed) {
    echo::Frame* frame = nullptr;
    eventually([&] { return (frame = feed.take_frame()) != nullptr; });
    return frame;
}

int free_port() {
    FakeRuntime runtime({});
    return runtime.control_port();
}

TEST(Connection, OpensAnNpcAndReceivesItsStreams) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    const auto feed = client.connection->open_npc("mira");
    ASSERT_TRUE(client.wait_for(Status::connected));
    ASSERT_TRUE(eventually([&] { return client.count(Notice::Kind::opened) == 1; }));
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    ASSERT_TRUE(eventually([&] { return client.connection->clock_known(); }));
    EXPECT_NEAR(static_cast<double>(client.connection->runtime_now_us() - echo::monotonic_us()), 0.0, 1e6);

    runtime.picture("mira", 1);
    echo::Frame* frame = next_frame(*feed);
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->header.width, 8u);
    ASSERT_EQ(frame->pixels.bytes().size, 256u);
    EXPECT_EQ(frame->pixels.bytes().data[255], 1);
    runtime.event("mira", 1, "turn");
    echo::Cue cue;
    ASSERT_TRUE(eventually([&] { return feed->next_cue(cue); }));
    EXPECT_EQ(cue.header.name, echo::Name("turn"));

    echo::Coefficients coefficients;
    coefficients.npc = "mira";
    coefficients.seq = 1;
    coefficients.origin = "generated";
    coefficients.curves = "two";
    coefficients.count = 2;
    runtime.publish("cues", coefficients, {0, 0, 0, 0x3f, 0, 0, 0x80, 0x3e});
    echo::Face face;
    ASSERT_TRUE(eventually([&] { return feed->next_face(face); }));
    EXPECT_EQ(face.values[0], 0.5f);
    EXPECT_EQ(face.values[1], 0.25f);

    uint64_t id = 0;
    echo::Emotion emotion;
    emotion.npc = "mira";
    emotion.name = "mi/ra";
    EXPECT_FALSE(client.connection->begin(emotion, {}, id).ok());
}

TEST(Connection, ATinyPictureIsWholeAfterItHasBeenMoved) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    const auto feed = client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    runtime.picture("mira", 7, 0, false, 1);  // so small that libzmq keeps it inside the message
    echo::Frame* frame = next_frame(*feed);
    ASSERT_NE(frame, nullptr);
    const echo::Payload kept = std::move(frame->pixels);
    client.connection.reset();
    ASSERT_EQ(kept.bytes().size, 4u);
    EXPECT_EQ(kept.bytes().data[3], 7);
}

TEST(Connection, WithoutARuntimeItTriesQuietlyAndEndsAtOnce) {
    Client client(free_port());
    client.connection->open_npc("mira");
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_EQ(client.connection->status(), Status::connecting);
    EXPECT_EQ(client.notices().size(), 1u) << "one status, and no word about each retry";
    uint64_t id = 0;
    const Outcome begun = client.connection->begin(echo::Stats{}, {}, id);
    EXPECT_EQ(begun.code(), echo::Code::not_connected);
    const int64_t before = echo::monotonic_us();
    client.connection.reset();
    EXPECT_LT(echo::monotonic_us() - before, 200'000);
}

TEST(Connection, ARuntimeThatComesLaterIsFound) {
    const int port = free_port();
    Client client(port);
    const auto feed = client.connection->open_npc("mira");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    FakeRuntime::Behaviour behaviour;
    behaviour.control_port = port;
    FakeRuntime runtime(behaviour);
    ASSERT_TRUE(client.wait_for(Status::connected));
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    EXPECT_EQ(runtime.count("open_npc"), 1);
}

TEST(Connection, ARestartedRuntimeIsGreetedAndItsNumbersBeginAnew) {
    FakeRuntime::Behaviour behaviour;
    auto runtime = std::make_unique<FakeRuntime>(behaviour);
    behaviour.control_port = runtime->control_port();
    Client client(behaviour.control_port);
    const auto feed = client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime->subscriptions() == 2; }));
    runtime->picture("mira", 900, 7);
    ASSERT_NE(next_frame(*feed), nullptr);
    uint64_t id = 0;
    ASSERT_TRUE(client.connection->begin(echo::Stats{}, {}, id).ok());  // which this runtime never answers
    ASSERT_TRUE(eventually([&] { return runtime->count("stats") == 1; }));
    runtime->picture("mira", 901, 7);
    ASSERT_TRUE(eventually([&] { return feed->counts().frames == 2; }));

    runtime.reset();
    ASSERT_TRUE(client.wait_for(Status::lost));
    ASSERT_TRUE(eventually([&] { return client.count(Notice::Kind::failed) == 1; }));
    EXPECT_EQ(client.all.back().code, "connection_lost");
    behaviour.run = "run-2";
    runtime = std::make_unique<FakeRuntime>(behaviour);
    ASSERT_TRUE(client.wait_for(Status::connected));
    ASSERT_TRUE(eventually([&] { return runtime->subscriptions() == 2; }));
    EXPECT_EQ(feed->take_frame(), nullptr) << "what waited is of the run before";
    runtime->picture("mira", 1, 0);
    echo::Frame* frame = next_frame(*feed);
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->header.seq, 1u);
    EXPECT_EQ(feed->counts().lost, 0u);
    EXPECT_EQ(runtime->count("open_npc"), 1);
    EXPECT_EQ(client.count(Notice::Kind::opened), 2);
    EXPECT_EQ(client.count(Status::lost), 1);
}

TEST(Connection, ARuntimeThatForgotTheSessionIsGreetedAgain) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime.count("open_npc") == 1; }));
    echo::Error error;
    error.code = "no_session";
    error.text = "Say HELLO first.";
    runtime.reply(error);
    ASSERT_TRUE(eventually([&] { return runtime.count("hello") == 2; }));
    // this runtime says that the client had no session: what was open must be opened again
    ASSERT_TRUE(eventually([&] { return runtime.count("open_npc") == 2; }));
}

TEST(Connection, AStalledConsumerTakesTheNewestPicture) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    const auto feed = client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    for (uint64_t seq = 1; seq <= 200; ++seq) {
        runtime.picture("mira", seq);
        ASSERT_TRUE(eventually([&] { return feed->counts().frames == seq; }));
    }
    echo::Frame* frame = feed->take_frame();
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->header.seq, 200u);
    EXPECT_EQ(feed->counts().lost, 0u);
    runtime.picture("mira", 204);
    ASSERT_NE(next_frame(*feed), nullptr);
    EXPECT_EQ(feed->counts().lost, 3u);
}

TEST(Connection, PicturesAreShownByTheTimeThatIsHeard) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    const auto feed = client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    EXPECT_FALSE(feed->heard_us().has_value());
    echo::FrameQueue<echo::Frame, 8> queue;
    for (uint64_t seq = 1; seq <= 3; ++seq) {
        runtime.picture("mira", seq);
        echo::Frame* frame = next_frame(*feed);
        ASSERT_NE(frame, nullptr);
        const int64_t pts = frame->header.pts;
        const echo::Era era = frame->era;
        ASSERT_TRUE(queue.push(pts, std::move(*frame), era));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    std::vector<float> out(160);
    feed->pull_speech(out.data(), 160, echo::monotonic_us() - 1'000'000);
    ASSERT_TRUE(feed->heard_us().has_value());
    EXPECT_EQ(queue.show(*feed->heard_us()), nullptr) << "a second ago";
    feed->pull_speech(out.data(), 160, echo::monotonic_us() + 1'000'000);
    const echo::Frame* shown = queue.show(*feed->heard_us());
    ASSERT_NE(shown, nullptr);
    EXPECT_EQ(shown->header.seq, 3u);
    EXPECT_EQ(shown->pixels.bytes().data[0], 3);
}

TEST(Connection, NothingOfTheOldEpochIsShownOrHeardAfterAnInterrupt) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    const auto feed = client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    std::vector<float> out(1600);
    const int64_t start = echo::monotonic_us();
    runtime.speech("mira", 1, start, 32'000);
    runtime.event("mira", 1, "turn");
    echo::Cue cue;
    ASSERT_TRUE(eventually([&] { return feed->next_cue(cue); }));
    int64_t heard = 0;
    for (int64_t now = start; now < start + 500'000; now += 100'000) heard += feed->pull_speech(out.data(), 1600, now);
    EXPECT_GT(heard, 0);
    runtime.picture("mira", 1);
    ASSERT_TRUE(eventually([&] { return feed->counts().frames == 1; }));

    echo::Interrupt interrupt;
    interrupt.npc = "mira";
    uint64_t id = 0;
    ASSERT_TRUE(client.connection->begin(interrupt, {}, id).ok());
    ASSERT_TRUE(eventually([&] { return client.count(Notice::Kind::done) == 1; }));
    EXPECT_EQ(feed->take_frame(), nullptr) << "it waited in the slot when the answer came";
    EXPECT_EQ(feed->pull_speech(out.data(), 1600, start + 600'000), 0);
    runtime.picture("mira", 2, 0);
    runtime.picture("mira", 3, 1);
    echo::Frame* frame = next_frame(*feed);
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->header.seq, 3u);
    EXPECT_EQ(feed->counts().outdated, 1u);
    // a higher epoch that comes with a cue outdates what waits as well
    runtime.picture("mira", 4, 1);
    ASSERT_TRUE(eventually([&] { return feed->counts().frames == 3; }));
    runtime.event("mira", 2, "interrupted", 2);
    ASSERT_TRUE(eventually([&] { return feed->next_cue(cue) && cue.header.epoch == 2; }));
    EXPECT_EQ(feed->take_frame(), nullptr);
}

TEST(Connection, AReplacedClientStaysQuiet) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    echo::Closing closing;
    closing.code = "replaced";
    closing.text = "Another connection took over.";
    runtime.reply(closing);
    ASSERT_TRUE(client.wait_for(Status::refused));
    EXPECT_EQ(client.notices().back().text, "Another connection took over.");
    const size_t before = runtime.received().size();
    echo::Error error;
    error.code = "no_session";
    error.text = "Say HELLO first.";
    runtime.reply(error);
    std::this_thread::sleep_for(std::chrono::milliseconds(1300));
    EXPECT_EQ(runtime.received().size(), before);
    EXPECT_EQ(client.connection->status(), Status::refused);
}

TEST(Connection, AnotherMajorIsRefusedOnBothSides) {
    FakeRuntime::Behaviour refuses;
    refuses.refusal = "version";
    FakeRuntime first(refuses);
    Client refused(first.control_port());
    ASSERT_TRUE(refused.wait_for(Status::refused));
    EXPECT_EQ(refused.notices().back().text, "Not you.");

    FakeRuntime::Behaviour newer;
    newer.proto = {2, 0};
    FakeRuntime second(newer);
    Client client(second.control_port());
    client.connection->open_npc("mira");
    ASSERT_TRUE(client.wait_for(Status::refused));
    EXPECT_NE(client.notices().back().text.find("2.0"), std::string::npos);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_EQ(second.count("open_npc"), 0);
    EXPECT_EQ(second.count("hello"), 1);
}

TEST(Connection, ANewerMinorIsWarnedOfOnceAndUsed) {
    FakeRuntime::Behaviour behaviour;
    behaviour.proto = {1, 3};
    FakeRuntime runtime(behaviour);
    Client client(runtime.control_port());
    ASSERT_TRUE(client.wait_for(Status::connected));
    ASSERT_TRUE(eventually([&] { return client.count(Notice::Kind::warning) == 1; }));
    echo::Error error;
    error.code = "no_session";
    error.text = "Say HELLO first.";
    runtime.reply(error);
    ASSERT_TRUE(eventually([&] { return client.count(Notice::Kind::welcome) == 2; }));
    EXPECT_EQ(client.count(Notice::Kind::warning), 1);
}

TEST(Connection, HostileBytesAreCountedAndWhatFollowsArrives) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    const auto feed = client.connection->open_npc("mira");
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
    runtime.reply_bytes({});
    runtime.reply_bytes({0xdf, 0xff, 0xff, 0xff, 0xff});
    runtime.reply_bytes(std::vector<uint8_t>(100'000, 0x91));
    runtime.reply_bytes({0x81, 0xa1, 't', 0xa7, 'w', 'e', 'l', 'c', 'o', 'm', 'e'});
    const char* topic = "video/mira/";
    runtime.publish_parts("video", {topic});
    runtime.publish_parts("video", {topic, "x"});
    runtime.publish_parts("video", {topic, std::string("\x81\xa1t\xa5video", 9), ""});
    runtime.publish_parts("video", {topic, "a", "b", "c", "d"});
    runtime.publish_parts("cues", {"cues/mira/", std::string("\x81\xa1t\xa5video", 9), ""});
    ASSERT_TRUE(eventually([&] { return client.connection->counts().malformed == 9; }))
        << client.connection->counts().malformed;
    runtime.publish_parts("video", {topic, std::string("\x81\xa1t\xa8hologram", 12), "payload"});
    ASSERT_TRUE(eventually([&] { return client.connection->counts().unknown == 1; }));
    runtime.picture("mira", 5);
    echo::Frame* frame = next_frame(*feed);
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->header.seq, 5u);
    EXPECT_EQ(client.connection->status(), Status::connected);
}

TEST(Connection, NamesCostNothing) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    client.connection->watch_all(64);
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 1; }));
    for (int i = 0; i < 1000; ++i) runtime.picture(("npc-" + std::to_string(i)).c_str(), 1);
    ASSERT_TRUE(eventually([&] { return client.connection->counts().unwanted > 0; }));
    EXPECT_EQ(client.connection->feeds().size(), 64u);
}

TEST(Connection, SpeechIsSentNoFasterThanItIsPlayed) {
    FakeRuntime runtime({});  // which plays nothing at all
    Client client(runtime.control_port());
    ASSERT_TRUE(client.wait_for(Status::connected));
    echo::Speaker speaker(*client.connection, "mira", 1, std::vector<int16_t>(16'000 * 30, 100), 16'000);
    const int64_t end = echo::monotonic_us() + 3'000'000;
    std::vector<Notice> notices;
    while (echo::monotonic_us() < end) {
        const int64_t now = echo::monotonic_us();
        client.connection->take_notices(notices);
        for (const Notice& notice : notices) speaker.read(notice, now);
        speaker.tick(now);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_FALSE(speaker.finished());
    EXPECT_EQ(runtime.speech_us(), echo::limits::speech_ahead_us);
    EXPECT_EQ(speaker.sent_us(), echo::limits::speech_ahead_us);
}

TEST(Connection, EndsWithin200MillisecondsFromAnyState) {
    const auto closing_us = [](Client& client) {
        const int64_t before = echo::monotonic_us();
        client.connection.reset();
        return echo::monotonic_us() - before;
    };
    {
        FakeRuntime::Behaviour silent;
        silent.answers_hello = false;
        FakeRuntime runtime(silent);
        Client client(runtime.control_port());
        ASSERT_TRUE(eventually([&] { return runtime.count("hello") == 1; }));
        EXPECT_LT(closing_us(client), 200'000) << "while it waits for WELCOME";
    }
    FakeRuntime runtime({});
    {
        Client client(runtime.control_port());
        EXPECT_LT(closing_us(client), 200'000) << "at once";
    }
    {
        Client client(runtime.control_port());
        client.connection->open_npc("mira");
        ASSERT_TRUE(client.wait_for(Status::connected));
        const std::vector<uint8_t> sound(1 << 20, 1);
        echo::PlayerAudio audio;
        for (int i = 0; i < 20; ++i) {
            ASSERT_TRUE(client.connection->send(audio, {sound.data(), sound.size()}).ok());
        }
        EXPECT_LT(closing_us(client), 200'000) << "with 20 MiB under way";
    }
    {
        FakeRuntime another({});
        Client client(another.control_port());
        ASSERT_TRUE(client.wait_for(Status::connected));
        client.connection.reset();
        EXPECT_TRUE(eventually([&] { return another.count("bye") == 1; })) << "it says goodbye";
    }
}

TEST(Connection, SettingsThatCannotBeUsedAreRefusedWithASentence) {
    const auto refused = [](const std::function<void(Settings&)>& change) {
        Settings settings;
        settings.client = "core-test";
        settings.zmq_library = ECHO_ZMQ_LIBRARY;
        change(settings);
        Outcome outcome;
        EXPECT_EQ(Connection::open(settings, outcome), nullptr);
        return std::string(outcome.sentence());
    };
    EXPECT_NE(refused([](Settings& s) { s.zmq_library = "/nowhere/libzmq.so"; }).find("/nowhere"), std::string::npos);
    EXPECT_NE(refused([](Settings& s) { s.zmq_library = "libm.so.6"; }).find("zmq_"), std::string::npos);
    EXPECT_NE(refused([](Settings& s) { s.host = "192.0.2.1"; }).find("192.0.2.1"), std::string::npos);
    EXPECT_NE(refused([](Settings& s) { s.server_key = "short"; }).find("40"), std::string::npos);
    EXPECT_NE(refused([](Settings& s) { s.client = "a/b"; }).find("a/b"), std::string::npos);
    EXPECT_NE(refused([](Settings& s) { s.host = "127.0.0.1 x"; }).find("127.0.0.1 x"), std::string::npos);
}

TEST(Connection, CurveKeysEncryptAllThreeSockets) {
    if (zmq_has("curve") == 0) GTEST_SKIP() << "this libzmq has no CURVE";
    char server_public[41];
    char server_secret[41];
    ASSERT_EQ(zmq_curve_keypair(server_public, server_secret), 0);
    FakeRuntime::Behaviour behaviour;
    behaviour.secret_key = server_secret;
    FakeRuntime runtime(behaviour);
    Settings settings;
    settings.server_key = server_public;
    {
        Client client(runtime.control_port(), settings);
        const auto feed = client.connection->open_npc("mira");
        ASSERT_TRUE(client.wait_for(Status::connected));
        ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 2; }));
        runtime.picture("mira", 3);
        ASSERT_NE(next_frame(*feed), nullptr);
    }
    const int hellos = runtime.count("hello");
    char other_public[41];
    char other_secret[41];
    ASSERT_EQ(zmq_curve_keypair(other_public, other_secret), 0);
    settings.server_key = other_public;
    Client wrong(runtime.control_port(), settings);
    Client plain(runtime.control_port());
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_NE(wrong.connection->status(), Status::connected);
    EXPECT_NE(plain.connection->status(), Status::connected);
    EXPECT_EQ(runtime.count("hello"), hellos);
    for (Client* client : {&wrong, &plain}) {
        const int64_t before = echo::monotonic_us();
        client->connection.reset();
        EXPECT_LT(echo::monotonic_us() - before, 200'000);
    }
}

}  // namespace
