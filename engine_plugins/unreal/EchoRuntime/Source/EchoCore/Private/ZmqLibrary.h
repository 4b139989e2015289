// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "EchoCore/Outcome.h"

/// libzmq's C API, loaded at run time: the core has no import library, and an engine without libzmq says so in words.
/// Declared here as documented at https://api.zeromq.org (4.3): names, numbers and layouts are libzmq's stable ABI.
namespace echo::zmq {

/// zmq_msg_t: 64 bytes aligned like a pointer, touched by the functions below only.
struct alignas(void*) Message {
    unsigned char storage[64];
};

#if defined(_WIN64)
using NativeSocket = unsigned long long;
#elif defined(_WIN32)
using NativeSocket = unsigned int;
#else
using NativeSocket = int;
#endif

/// zmq_pollitem_t.
struct PollItem {
    void* socket;
    NativeSocket fd;
    short events;
    short revents;
};

constexpr int pair = 0;
constexpr int sub = 2;
constexpr int dealer = 5;

namespace option {
constexpr int subscribe = 6;
constexpr int unsubscribe = 7;
constexpr int more = 13;
constexpr int events = 15;
constexpr int linger = 17;
constexpr int reconnect_ivl = 18;
constexpr int reconnect_ivl_max = 21;
constexpr int max_message_size = 22;
constexpr int send_hwm = 23;
constexpr int receive_hwm = 24;
constexpr int immediate = 39;
constexpr int ipv6 = 42;
constexpr int curve_public_key = 48;
constexpr int curve_secret_key = 49;
constexpr int curve_server_key = 50;
constexpr int handshake_ivl = 66;
constexpr int heartbeat_ivl = 75;
constexpr int heartbeat_timeout = 77;
constexpr int connect_timeout = 79;
}  // namespace option

namespace event {
constexpr int handshake_failed_protocol = 0x2000;
constexpr int handshake_failed_auth = 0x4000;
}  // namespace event

constexpr int dont_wait = 1;
constexpr int send_more = 2;
constexpr short poll_in = 1;
constexpr short poll_out = 2;

/// The functions that the core uses. Loaded once per path and never unloaded: libzmq's threads may outlive a context.
struct Library {
    void (*version)(int*, int*, int*);
    int (*error_number)();
    const char* (*error_text)(int);
    void* (*context_new)();
    int (*context_terminate)(void*);
    void* (*socket)(void*, int);
    int (*close)(void*);
    int (*set_option)(void*, int, const void*, size_t);
    int (*get_option)(void*, int, void*, size_t*);
    int (*bind)(void*, const char*);
    int (*connect)(void*, const char*);
    int (*monitor)(void*, const char*, int);
    int (*send)(void*, const void*, size_t, int);
    int (*poll)(PollItem*, int, long);
    int (*message_init)(Message*);
    int (*message_receive)(Message*, void*, int);
    int (*message_close)(Message*);
    int (*message_move)(Message*, Message*);
    void* (*message_data)(Message*);
    size_t (*message_size)(const Message*);
    int (*message_more)(const Message*);
    int (*curve_keypair)(char*, char*);
    int (*curve_public)(char*, const char*);
    int (*has)(const char*);

    /// `path`: the library's file; "" looks for libzmq where the system looks, under its usual names. Any thread.
    static const Library* load(const std::string& path, Outcome& outcome);
};

}  // namespace echo::zmq
