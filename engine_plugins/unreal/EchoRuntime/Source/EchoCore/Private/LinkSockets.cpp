// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include <random>

#include "EchoCore/MapView.h"
#include "Link.h"

/// The sockets: how they are made, what they are subscribed to, and how they end.
namespace echo {

namespace {

/// How long goodbye and what was sent before it may take to leave.
constexpr int linger_ms = 100;
constexpr size_t z85_key_characters = 40;

bool is_loopback(const std::string& host) {
    return host == "localhost" || host.rfind("127.", 0) == 0 || host == "::1" || host == "[::1]";
}

uint64_t random_id() {
    // away from small numbers: a late answer to an earlier connection must not meet a new command
    std::random_device random;
    return (uint64_t{random()} << 8 | (random() & 0xff)) << 20;
}

}  // namespace

Link::Link(const Settings& settings, const zmq::Library& library)
    : next_id(random_id()), settings_(settings), library_(library) {}

Outcome Link::prepare_keys() {
    const bool curve = !settings_.server_key.empty();
    if (!curve && !settings_.insecure_lan && !is_loopback(settings_.host)) {
        return Outcome::failure(Code::setting,
                                "The address %.60s is outside this machine: give the runtime's public key, or allow "
                                "plain traffic on your own network (insecure_lan).",
                                settings_.host.c_str());
    }
    if (!curve) return {};
    if (library_.has("curve") == 0) {
        return Outcome::failure(Code::library, "This libzmq was built without CURVE: use one that has it.");
    }
    public_key_ = settings_.public_key;
    secret_key_ = settings_.secret_key;
    char made_public[z85_key_characters + 1] = {};
    char made_secret[z85_key_characters + 1] = {};
    if (secret_key_.empty()) {
        if (library_.curve_keypair(made_public, made_secret) != 0) {
            return Outcome::failure(Code::library, "libzmq could not make a key pair.");
        }
        public_key_ = made_public;
        secret_key_ = made_secret;
    } else if (public_key_.empty() && secret_key_.size() == z85_key_characters &&
               library_.curve_public(made_public, secret_key_.c_str()) == 0) {
        public_key_ = made_public;
    }
    for (const std::string_view key :
         {std::string_view(settings_.server_key), std::string_view(public_key_), std::string_view(secret_key_)}) {
        if (key.size() != z85_key_characters) {
            return Outcome::failure(Code::setting, "A key has %zu characters; keys are Z85 text of %zu characters.",
                                    key.size(), z85_key_characters);
        }
    }
    return {};
}

bool Link::configure(zmq::Socket& socket) {
    namespace option = zmq::option;
    bool done = socket.valid() && socket.set(option::reconnect_ivl, 100) &&
                socket.set(option::reconnect_ivl_max, 1000) && socket.set(option::connect_timeout, 3000) &&
                socket.set(option::handshake_ivl, 5000) && socket.set(option::heartbeat_ivl, limits::heartbeat_ms) &&
                socket.set(option::heartbeat_timeout, limits::heartbeat_timeout_ms) &&
                socket.set(option::ipv6, settings_.host.find(':') != std::string::npos ? 1 : 0);
    if (done && !settings_.server_key.empty()) {
        done = socket.set(option::curve_server_key, settings_.server_key) &&
               socket.set(option::curve_public_key, public_key_) && socket.set(option::curve_secret_key, secret_key_);
    }
    return done;
}

Outcome Link::start() {
    if (Outcome keys = prepare_keys(); !keys) return keys;
    const bool bare_ipv6 = settings_.host.find(':') != std::string::npos && settings_.host.front() != '[';
    endpoint_prefix_ = "tcp://" + (bare_ipv6 ? "[" + settings_.host + "]" : settings_.host) + ":";
    context_ = std::make_unique<zmq::Context>(library_);
    wake_out_ = std::make_unique<zmq::Socket>(*context_, zmq::pair);
    wake_in_ = std::make_unique<zmq::Socket>(*context_, zmq::pair);
    control_ = std::make_unique<zmq::Socket>(*context_, zmq::dealer);
    if (!wake_out_->valid() || !wake_in_->valid() || !wake_out_->bind("inproc://wake") ||
        !wake_in_->connect("inproc://wake") || !wake_out_->set(zmq::option::linger, 0) ||
        !wake_in_->set(zmq::option::linger, 0)) {
        return Outcome::failure(Code::library, "libzmq could not make its sockets: %s.",
                                library_.error_text(library_.error_number()));
    }
    // `immediate`: nothing is queued for a runtime that is not there, and writability tells whether it is
    if (!configure(*control_) || !control_->set(zmq::option::linger, linger_ms) ||
        !control_->set(zmq::option::immediate, 1) || !control_->set(zmq::option::send_hwm, 4096) ||
        !control_->set(zmq::option::max_message_size, static_cast<int64_t>(limits::control_message_bytes))) {
        return Outcome::failure(Code::setting, "libzmq refused the settings of a socket (%s): check the keys.",
                                library_.error_text(library_.error_number()));
    }
    control_events_ = std::make_unique<zmq::Socket>(*context_, zmq::pair);
    if (!control_events_->valid() || !control_events_->set(zmq::option::linger, 0) ||
        !control_->monitor("inproc://control-events",
                           zmq::event::handshake_failed_auth | zmq::event::handshake_failed_protocol) ||
        !control_events_->connect("inproc://control-events")) {
        return Outcome::failure(Code::library, "libzmq could not watch a socket: %s.",
                                library_.error_text(library_.error_number()));
    }
    const std::string endpoint = endpoint_prefix_ + std::to_string(settings_.control_port);
    if (!control_->connect(endpoint)) {
        return Outcome::failure(Code::setting, "The address '%.120s' cannot be used: %s.", endpoint.c_str(),
                                library_.error_text(library_.error_number()));
    }
    thread_ = std::thread([this] { run(); });
    return {};
}

Link::~Link() {
    stop_ = true;
    if (thread_.joinable()) {
        wake();
        thread_.join();
    }
    // the context ends when all sockets have been closed
    video_.reset();
    cues_.reset();
    control_.reset();
    control_events_.reset();
    wake_in_.reset();
    wake_out_.reset();
    context_.reset();
}

void Link::wake() {
    const std::lock_guard<std::mutex> lock(wake_mutex_);
    wake_out_->send({reinterpret_cast<const uint8_t*>("w"), 1}, false);
}

void Link::open_streams(const Welcome& welcome) {
    int64_t cues_port = 0;
    int64_t video_port = 0;
    const MapView ports(welcome.ports);
    if (!ports.whole("cues", cues_port) || !ports.whole("video", video_port)) {
        Notice notice;
        notice.kind = Notice::Kind::warning;
        notice.text = "The runtime's greeting names no ports for cues and video.";
        notices.put(std::move(notice));
    }
    if (cues_port == cues_port_ && video_port == video_port_) return;
    cues_port_ = cues_port;
    video_port_ = video_port;
    all_subscribed_ = false;
    feeds.each([](const Name&, Feeds::Entry& entry) { entry.video_subscribed = entry.cues_subscribed = false; });
    bool virtual_clock = false;
    each_text(welcome.caps, [&](std::string_view name) { virtual_clock = virtual_clock || name == "advance"; });
    const auto open = [&](int64_t port, int backlog, size_t largest) {
        auto socket = std::make_unique<zmq::Socket>(*context_, zmq::sub);
        if (port == 0 || !configure(*socket) || !socket->set(zmq::option::linger, 0) ||
            !socket->set(zmq::option::receive_hwm, backlog) ||
            !socket->set(zmq::option::max_message_size, static_cast<int64_t>(largest)) ||
            !socket->connect(endpoint_prefix_ + std::to_string(port))) {
            socket.reset();
        }
        return socket;
    };
    cues_ = open(cues_port, limits::cues_backlog, limits::sound_bytes);
    // with a virtual clock pictures come as fast as they are made, and each of them counts
    video_ = open(video_port, virtual_clock ? limits::cues_backlog : limits::video_backlog, limits::video_bytes);
}

void Link::subscribe() {
    std::array<uint8_t, limits::topic_bytes> buffer;
    for (const Name& npc : feeds.take_removed()) {
        if (cues_ != nullptr) cues_->set(zmq::option::unsubscribe, topic("cues", npc, buffer).text());
        if (video_ != nullptr) video_->set(zmq::option::unsubscribe, topic("video", npc, buffer).text());
    }
    if (video_ != nullptr && !all_subscribed_ && feeds.wants_all()) {
        all_subscribed_ = video_->set(zmq::option::subscribe, topic("video", {}, buffer).text());
    }
    feeds.each([&](const Name& npc, Feeds::Entry& entry) {
        if (video_ != nullptr && !entry.video_subscribed && !all_subscribed_) {
            entry.video_subscribed = video_->set(zmq::option::subscribe, topic("video", npc, buffer).text());
        }
        if (cues_ != nullptr && !entry.cues_subscribed && entry.cues) {
            entry.cues_subscribed = cues_->set(zmq::option::subscribe, topic("cues", npc, buffer).text());
        }
    });
    if (greeting_.greeted()) open_npcs();
}

}  // namespace echo
