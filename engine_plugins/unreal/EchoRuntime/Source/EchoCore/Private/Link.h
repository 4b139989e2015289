// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "EchoCore/ClockOffset.h"
#include "EchoCore/Connection.h"
#include "Feeds.h"
#include "Greeting.h"
#include "NoticeBoard.h"
#include "Outbox.h"
#include "ZmqSocket.h"

namespace echo {

/// The core's own code of `failed`.
constexpr const char* connection_lost = "connection_lost";

/// The sockets of a connection and the thread that empties them: control (DEALER), cues and video (SUB). Everything
/// below "In the thread" runs there only.
class Link {
public:
    Link(const Settings& settings, const zmq::Library& library);
    ~Link();

    /// Makes the sockets and starts the thread.
    Outcome start();
    /// Something waits for the thread.
    void wake();

    Feeds feeds;
    NoticeBoard notices;
    Outbox outbox;
    std::atomic<Status> status{Status::connecting};
    std::atomic<int64_t> offset_us{0};
    std::atomic<bool> clock_known{false};
    std::atomic<uint64_t> next_id;
    std::atomic<uint64_t> malformed{0};
    std::atomic<uint64_t> unknown{0};
    std::atomic<uint64_t> unwanted{0};

private:
    struct Pending {
        /// Of `open_npc` that the connection sent by itself.
        Name opens;
        Name interrupts;
    };

    Outcome prepare_keys();
    bool configure(zmq::Socket& socket);

    // In the thread.
    void run();
    void wait(int64_t now_us);
    void show(Status now, std::string text);
    void greet();
    void ping(int64_t now_us);
    void flush();
    void send(const Header& header, Bytes payload);
    void lose(const char* text);
    void abandon(const char* text);
    void receive_events();
    void receive_control();
    void read_reply(Bytes header, size_t payload_bytes, int parts);
    void meet(const Welcome& welcome);
    void meet(const Error& error);
    void meet(const Closing& closing);
    void meet(const Done& done);
    void meet(const Failed& failed);
    void meet(const Pong& pong);
    void open_streams(const Welcome& welcome);
    void subscribe();
    void open_npcs();
    void receive_stream(zmq::Socket& socket, const char* stream);
    bool read_published(Bytes topic, Bytes header, zmq::Part& payload, const char* stream);
    template <class Message>
    std::shared_ptr<NpcFeed> take_in(Bytes topic, Bytes header, zmq::Part& payload, StreamKind kind, const char* stream,
                                     Message& message);

    const Settings settings_;
    const zmq::Library& library_;
    std::string public_key_;
    std::string secret_key_;
    std::string endpoint_prefix_;

    std::unique_ptr<zmq::Context> context_;
    std::mutex wake_mutex_;
    std::unique_ptr<zmq::Socket> wake_in_;
    std::unique_ptr<zmq::Socket> wake_out_;
    std::unique_ptr<zmq::Socket> control_;
    std::unique_ptr<zmq::Socket> control_events_;
    std::unique_ptr<zmq::Socket> cues_;
    std::unique_ptr<zmq::Socket> video_;
    std::thread thread_;
    std::atomic<bool> stop_{false};

    Greeting greeting_;
    ClockOffset clock_;
    int pings_ = 0;
    std::unordered_map<uint64_t, Pending> pending_;
    std::string shown_text_;
    std::string run_name_;
    uint32_t run_ = 0;
    int64_t cues_port_ = 0;
    int64_t video_port_ = 0;
    bool warned_ = false;
    bool all_subscribed_ = false;
};

}  // namespace echo
