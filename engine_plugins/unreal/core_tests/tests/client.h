#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

#include "EchoCore/ClockOffset.h"
#include "EchoCore/Connection.h"
#include "fake_runtime.h"

/// A connection under test, and waiting for what it does.
namespace client_test {

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

/// Whether a connection ends within 200 ms. `make` gives a client in the state to end it from, anew for each of a few
/// tries: a busy machine may keep a thread waiting, but what is slow by itself is slow every time.
template <class Make>
bool ends_at_once(Make make) {
    for (int tries = 0; tries < 5; ++tries) {
        const std::unique_ptr<Client> client = make();
        const int64_t before = echo::monotonic_us();
        client->connection.reset();
        if (echo::monotonic_us() - before < 200'000) return true;
    }
    return false;
}

inline echo::Frame* next_frame(echo::NpcFeed& feed) {
    echo::Frame* frame = nullptr;
    eventually([&] { return (frame = feed.take_frame()) != nullptr; });
    return frame;
}

inline int free_port() {
    FakeRuntime runtime({});
    return runtime.control_port();
}

}  // namespace client_test
