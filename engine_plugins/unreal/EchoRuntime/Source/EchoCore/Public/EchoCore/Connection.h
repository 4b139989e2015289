// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "EchoCore/Api.h"
#include "EchoCore/Codec.h"
#include "EchoCore/NpcFeed.h"

namespace echo {

/// How to reach a runtime, and as whom.
struct Settings {
    /// A numeric address is best: looking a name up may hold libzmq's thread for seconds.
    std::string host = "127.0.0.1";
    uint16_t control_port = limits::default_control_port;
    /// Stays the same for one installation; by it a client that comes back finds its session.
    std::string client;
    /// Path of libzmq; "" looks where the system looks.
    std::string zmq_library;
    /// Z85 keys of 40 characters (CURVE, RFC 26): the runtime's public key, and our own pair. With a server key but no
    /// pair of ours, a fresh one is used, which a runtime with a list of allowed keys refuses.
    std::string server_key;
    std::string public_key;
    std::string secret_key;
    /// Plain traffic to an address outside this machine, for a headset in development.
    bool insecure_lan = false;
    /// What is announced in HELLO; other than the default in tests only.
    Version proto{limits::protocol_major, limits::protocol_minor};
    /// Called in the receiving thread when a picture lies in its slot; be quick, and call nothing of the connection
    /// that waits. `placed_us` on the runtime's clock.
    std::function<void(const Video& header, int64_t placed_us)> on_frame;
};

enum class Status : uint8_t {
    /// Nobody has answered yet; it is tried again and again, without a word.
    connecting,
    connected,
    /// The runtime was there and is not any more; it is tried again.
    lost,
    /// The runtime does not take us (the text says why), or another connection took the session over.
    refused,
};

ECHOCORE_API const char* name_of(Status status);

/// Something that a game should know, in the order in which it happened.
struct Notice {
    enum class Kind : uint8_t {
        /// `status`, `text`.
        status,
        /// WELCOME: `session`, `returned`, `run`.
        welcome,
        /// `text`: as of a runtime of a newer minor version.
        warning,
        /// An NPC that the connection opened by itself: `npc`, `result`.
        opened,
        /// A command is under way: `id`, `buffered_us`.
        ack,
        /// A command is finished: `id`, `result`.
        done,
        /// A command was refused or broke off: `id`, `code`, `text`. The core's own codes
        /// are `connection_lost`, and `busy` when 4096 commands wait for answers.
        failed,
        /// An error that belongs to no command: `code`, `text`.
        error,
    };

    Kind kind = Kind::status;
    Status status = Status::connecting;
    uint64_t id = 0;
    int64_t buffered_us = 0;
    std::string code;
    std::string text;
    std::string npc;
    std::string session;
    std::string run;
    bool returned = false;
    /// A msgpack map; see MapView.
    std::vector<uint8_t> result;
};

/// What the connection has received and could not use.
struct LinkCounts {
    uint64_t malformed = 0;
    uint64_t unknown = 0;
    /// Published messages of NPCs that nobody asked for.
    uint64_t unwanted = 0;
};

/// One connection to a runtime: greets it, keeps its session over losses and restarts, receives what it publishes of
/// the NPCs asked for, and sends commands. A thread of its own owns the sockets; all methods may be called from any
/// thread, and none waits for the network.
class ECHOCORE_API Connection {
public:
    /// Starts to connect. nullptr, and why, when libzmq cannot be loaded or a setting cannot be used. That no runtime
    /// is there is no failure.
    static std::unique_ptr<Connection> open(const Settings& settings, Outcome& outcome);

    /// Says goodbye and ends the thread, from any state within 200 ms. Feeds and frames that were given out stay valid.
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Opens an NPC as soon as a runtime is there, and again in every later run of it, and receives its streams.
    /// `avatar`
    /// "" = the one of its own name. An NPC that is open or watched already has one feed.
    std::shared_ptr<NpcFeed> open_npc(const Name& npc, const Name& avatar = "");
    /// Receives the streams of an NPC that others open. `cues` false: pictures only.
    std::shared_ptr<NpcFeed> watch(const Name& npc, bool cues = true);
    /// Receives the pictures of every NPC there is, of at most `most`.
    void watch_all(size_t most);
    /// Receives an NPC no more, and lets no later run open it. It stays open in the runtime.
    void leave(const Name& npc);
    /// All feeds there are, in the order of their names.
    std::vector<std::shared_ptr<NpcFeed>> feeds() const;

    /// Sends a command that will be answered by notices with `id`. Fails at once for a value that may not be sent,
    /// while there is no runtime, and when too much waits to be sent.
    template <class CommandType>
    Outcome begin(CommandType command, Bytes payload, uint64_t& id) {
        id = command.id = next_id();
        Header header;
        if (Outcome encoded = encode(command, payload.size, header); !encoded) return encoded;
        return post(header, payload, id, interrupted_npc(command));
    }

    /// Sends a command that is not answered (a refusal still comes, with id 0), as the player's face and voice.
    template <class CommandType>
    Outcome send(CommandType command, Bytes payload) {
        command.id = 0;
        Header header;
        if (Outcome encoded = encode(command, payload.size, header); !encoded) return encoded;
        return post(header, payload, 0, {});
    }

    /// Sends a header that has been encoded elsewhere.
    Outcome post(const Header& header, Bytes payload, uint64_t id, const Name& interrupts);
    uint64_t next_id();

    /// Moves everything that has happened since the last call into `notices`, which is cleared first. Of more than 4096
    /// that nobody takes, the oldest go.
    void take_notices(std::vector<Notice>& notices);

    Status status() const;
    /// The runtime's clock in microseconds, by the quickest of the last pings; ours until the first.
    int64_t runtime_now_us() const;
    bool clock_known() const;
    LinkCounts counts() const;

private:
    explicit Connection(std::unique_ptr<class Link> link);

    template <class CommandType>
    static Name interrupted_npc(const CommandType& command) {
        if constexpr (std::is_same_v<CommandType, Interrupt>) return command.npc;
        return {};
    }

    std::unique_ptr<class Link> link_;
};

}  // namespace echo
