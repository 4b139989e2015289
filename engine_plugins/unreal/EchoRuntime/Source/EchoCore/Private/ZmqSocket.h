// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string>

#include "EchoCore/Bytes.h"
#include "ZmqLibrary.h"

namespace echo::zmq {

/// A context; ends when the last of its sockets has been closed. Destroy it after them.
class Context {
public:
    explicit Context(const Library& library) : library_(library), context_(library.context_new()) {}
    ~Context() {
        if (context_ != nullptr) library_.context_terminate(context_);
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const Library& library() const { return library_; }
    void* get() const { return context_; }

private:
    const Library& library_;
    void* context_;
};

/// A socket, used by one thread at a time.
class Socket {
public:
    Socket(const Context& context, int type)
        : library_(context.library()), socket_(library_.socket(context.get(), type)) {}
    ~Socket() {
        if (socket_ != nullptr) library_.close(socket_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void* get() const { return socket_; }
    bool valid() const { return socket_ != nullptr; }

    bool set(int option, int value) { return library_.set_option(socket_, option, &value, sizeof value) == 0; }
    bool set(int option, int64_t value) { return library_.set_option(socket_, option, &value, sizeof value) == 0; }
    bool set(int option, std::string_view value) {
        return library_.set_option(socket_, option, value.data(), value.size()) == 0;
    }
    bool bind(const std::string& endpoint) { return library_.bind(socket_, endpoint.c_str()) == 0; }
    bool connect(const std::string& endpoint) { return library_.connect(socket_, endpoint.c_str()) == 0; }

    /// Lets a PAIR socket that connects to `endpoint` read what happens to this one (zmq_socket_monitor).
    bool monitor(const std::string& endpoint, int of_events) {
        return library_.monitor(socket_, endpoint.c_str(), of_events) == 0;
    }

    /// Never waits. A first part that was taken takes the others with it.
    bool send(Bytes part, bool more) {
        return library_.send(socket_, part.data, part.size, dont_wait | (more ? send_more : 0)) >= 0;
    }

    /// What could be done now without waiting: poll_in, poll_out.
    int events() const {
        int value = 0;
        size_t size = sizeof value;
        return library_.get_option(socket_, option::events, &value, &size) == 0 ? value : 0;
    }

private:
    const Library& library_;
    void* socket_;
};

/// One part of a received message, reused from message to message.
class Part {
public:
    explicit Part(const Library& library) : library_(library) { library_.message_init(&message_); }
    ~Part() { library_.message_close(&message_); }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    /// Never waits. False if there is nothing.
    bool receive(Socket& socket) { return library_.message_receive(&message_, socket.get(), dont_wait) >= 0; }
    bool more() const { return library_.message_more(&message_) != 0; }
    Bytes bytes() {
        return {static_cast<const uint8_t*>(library_.message_data(&message_)), library_.message_size(&message_)};
    }
    Message& message() { return message_; }
    const Library& library() const { return library_; }

private:
    const Library& library_;
    Message message_;
};

}  // namespace echo::zmq
