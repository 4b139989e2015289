#include <gtest/gtest.h>

#include "client.h"

namespace {

using namespace client_test;

TEST(Session, WithoutARuntimeItTriesQuietly) {
    Client client(free_port());
    client.connection->open_npc("mira");
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_EQ(client.connection->status(), Status::connecting);
    EXPECT_EQ(client.notices().size(), 1u) << "one status, and no word about each retry";
    uint64_t id = 0;
    const Outcome begun = client.connection->begin(echo::Stats{}, {}, id);
    EXPECT_EQ(begun.code(), echo::Code::not_connected);
}

TEST(Session, ARuntimeThatComesLaterIsFound) {
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

TEST(Session, ARestartedRuntimeIsGreetedAndItsNumbersBeginAnew) {
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

TEST(Session, ARuntimeThatForgotTheSessionIsGreetedAgain) {
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

TEST(Session, CommandsThatAreNeverAnsweredAreBounded) {
    FakeRuntime runtime({});
    Client client(runtime.control_port());
    ASSERT_TRUE(client.wait_for(Status::connected));
    for (int sent = 0; sent < 4200;) {
        uint64_t id = 0;
        const Outcome begun = client.connection->begin(echo::Stats{}, {}, id);  // which this runtime never answers
        ASSERT_TRUE(begun.ok() || begun.code() == echo::Code::full) << begun.sentence();
        if (begun) ++sent;
        if (!begun) std::this_thread::yield();
    }
    ASSERT_TRUE(eventually([&] { return client.count(Notice::Kind::failed) == 104; }));
    EXPECT_EQ(client.all.back().code, "busy");
}

TEST(Session, AReplacedClientStaysQuiet) {
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

TEST(Session, AnotherMajorIsRefusedOnBothSides) {
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

TEST(Session, ANewerMinorIsWarnedOfOnceAndUsed) {
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

TEST(Session, EndsWithin200MillisecondsFromAnyState) {
    EXPECT_TRUE(ends_at_once([] {
        auto client = std::make_unique<Client>(free_port());
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return client;
    })) << "while nobody is there";
    FakeRuntime::Behaviour silent;
    silent.answers_hello = false;
    FakeRuntime mute(silent);
    EXPECT_TRUE(ends_at_once([&] {
        const int before = mute.count("hello");
        auto client = std::make_unique<Client>(mute.control_port());
        EXPECT_TRUE(eventually([&] { return mute.count("hello") > before; }));
        return client;
    })) << "while it waits for WELCOME";
    FakeRuntime runtime({});
    EXPECT_TRUE(ends_at_once([&] { return std::make_unique<Client>(runtime.control_port()); })) << "at once";
    const std::vector<uint8_t> sound(1 << 20, 1);
    EXPECT_TRUE(ends_at_once([&] {
        auto client = std::make_unique<Client>(runtime.control_port());
        client->connection->open_npc("mira");
        EXPECT_TRUE(client->wait_for(Status::connected));
        echo::PlayerAudio audio;
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(client->connection->send(audio, {sound.data(), sound.size()}).ok());
        }
        return client;
    })) << "with 20 MiB under way";
    FakeRuntime another({});
    Client client(another.control_port());
    ASSERT_TRUE(client.wait_for(Status::connected));
    client.connection.reset();
    EXPECT_TRUE(eventually([&] { return another.count("bye") == 1; })) << "it says goodbye";
}

TEST(Session, SettingsThatCannotBeUsedAreRefusedWithASentence) {
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

TEST(Session, CurveKeysEncryptAllThreeSockets) {
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
    const auto refused = [&](const Settings& given) {
        auto client = std::make_unique<Client>(runtime.control_port(), given);
        std::this_thread::sleep_for(std::chrono::milliseconds(700));
        EXPECT_NE(client->connection->status(), Status::connected);
        return client;
    };
    EXPECT_TRUE(ends_at_once([&] { return refused(settings); })) << "with a wrong key";
    EXPECT_TRUE(ends_at_once([&] { return refused({}); })) << "without a key";
    EXPECT_EQ(runtime.count("hello"), hellos);
}

}  // namespace
