#include <gtest/gtest.h>

#include "EchoCore/FrameQueue.h"
#include "EchoCore/Speaker.h"
#include "client.h"

namespace {

using namespace client_test;

TEST(Streams, OpensAnNpcAndReceivesItsStreams) {
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

TEST(Streams, ATinyPictureIsWholeAfterItHasBeenMoved) {
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

TEST(Streams, AStalledConsumerTakesTheNewestPicture) {
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

TEST(Streams, PicturesAreShownByTheTimeThatIsHeard) {
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

TEST(Streams, NothingOfTheOldEpochIsShownOrHeardAfterAnInterrupt) {
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
    runtime.event("mira", 2, "paused", 1);
    runtime.event("mira", 3, "interrupted", 2);
    ASSERT_TRUE(eventually([&] { return feed->era() == echo::era_of(1, 2); }));
    EXPECT_EQ(feed->take_frame(), nullptr);
    ASSERT_TRUE(feed->next_cue(cue)) << "an event has happened, whatever came after it";
    EXPECT_EQ(cue.header.name, echo::Name("paused"));
    ASSERT_TRUE(feed->next_cue(cue));
    EXPECT_EQ(cue.header.epoch, 2u);
}

TEST(Streams, HostileBytesAreCountedAndWhatFollowsArrives) {
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

TEST(Streams, NamesCostNothing) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    client.connection->watch_all(64);
    ASSERT_TRUE(eventually([&] { return runtime.subscriptions() == 1; }));
    for (int i = 0; i < 1000; ++i) runtime.picture(("npc-" + std::to_string(i)).c_str(), 1);
    ASSERT_TRUE(eventually([&] { return client.connection->counts().unwanted > 0; }));
    EXPECT_EQ(client.connection->feeds().size(), 64u);
}

TEST(Streams, SpeechIsSentNoFasterThanItIsPlayed) {
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

}  // namespace
