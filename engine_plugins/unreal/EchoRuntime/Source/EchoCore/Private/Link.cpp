// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "Link.h"

/// The thread: what is due, what waits to be sent, and what has come.
namespace echo {

namespace {

constexpr int64_t longest_wait_us = 200'000;
/// Commands that wait for their answers.
constexpr size_t most_pending = 4096;

}  // namespace

void Link::run() {
    show(Status::connecting,
         "Looking for a runtime at " + endpoint_prefix_ + std::to_string(settings_.control_port) + ".");
    while (!stop_) {
        const int64_t now = monotonic_us();
        if (greeting_.connected((control_->events() & zmq::poll_out) != 0))
            lose("The connection to the runtime broke.");
        if (greeting_.silent(now)) lose("The runtime has fallen silent.");
        if (greeting_.hello_due(now)) greet();
        flush();
        if (greeting_.ping_due(now, pings_)) ping(now);
        wait(monotonic_us());
        zmq::Part woken(library_);
        while (woken.receive(*wake_in_)) subscribe();
        receive_events();
        receive_control();
        if (cues_ != nullptr) receive_stream(*cues_, "cues");
        if (video_ != nullptr) receive_stream(*video_, "video");
    }
    if (greeting_.greeted()) {
        flush();
        Header header;
        if (encode(Bye{}, 0, header)) send(header, {});
    }
    abandon("The connection was closed.");
}

void Link::wait(int64_t now_us) {
    zmq::PollItem items[5] = {};
    int count = 0;
    const auto add = [&](const std::unique_ptr<zmq::Socket>& socket, int events) {
        if (socket != nullptr) items[count++] = {socket->get(), {}, static_cast<short>(events), 0};
    };
    // writability is waited for only until there is a connection
    add(control_, greeting_.phase() == Greeting::Phase::absent ? zmq::poll_in | zmq::poll_out : zmq::poll_in);
    add(wake_in_, zmq::poll_in);
    add(control_events_, zmq::poll_in);
    add(cues_, zmq::poll_in);
    add(video_, zmq::poll_in);
    const int64_t until_due = std::min(greeting_.until_due_us(now_us), longest_wait_us);
    library_.poll(items, count, static_cast<long>((until_due + 999) / 1000));
}

void Link::show(Status now, std::string text) {
    if (status == now && shown_text_ == text) return;  // retries are quiet
    status = now;
    shown_text_ = text;
    Notice notice;
    notice.kind = Notice::Kind::status;
    notice.status = now;
    notice.text = std::move(text);
    notices.put(std::move(notice));
}

void Link::greet() {
    Hello hello;
    hello.proto = settings_.proto;
    hello.client = Name(settings_.client);
    Header header;
    if (encode(hello, 0, header)) send(header, {});
}

void Link::ping(int64_t now_us) {
    ++pings_;
    Ping ping;
    ping.sent = now_us;
    Header header;
    if (encode(ping, 0, header)) send(header, {});
}

void Link::send(const Header& header, Bytes payload) {
    if (control_->send(header.bytes(), true)) control_->send(payload, false);
}

void Link::flush() {
    Outgoing outgoing;
    while (outbox.take(outgoing)) {
        const bool full = outgoing.id != 0 && pending_.size() >= most_pending;
        if (outgoing.id != 0) pending_[outgoing.id].interrupts = outgoing.interrupts;
        const Bytes header{outgoing.header.data(), outgoing.header.size()};
        if (!full && greeting_.greeted() && control_->send(header, true)) {
            control_->send({outgoing.payload.data(), outgoing.payload.size()}, false);
        } else if (outgoing.id != 0) {
            Failed failed;
            failed.id = outgoing.id;
            failed.code = full ? "busy" : connection_lost;
            failed.text = full ? "4096 commands wait for their answers: the command was not sent."
                               : "The runtime is not there: the command was not sent.";
            meet(failed);
        }
    }
}

void Link::lose(const char* text) {
    show(Status::lost, text);
    abandon(text);
}

void Link::abandon(const char* text) {
    while (!pending_.empty()) {
        Failed failed;
        failed.id = pending_.begin()->first;
        failed.code = connection_lost;
        failed.text = text;
        meet(failed);
    }
}

void Link::open_npcs() {
    feeds.each([&](const Name& npc, Feeds::Entry& entry) {
        if (!entry.open || entry.opened) return;
        entry.opened = true;
        OpenNpc command;
        command.id = ++next_id;
        command.npc = npc;
        command.avatar = entry.avatar;
        pending_[command.id].opens = npc;
        Header header;
        if (encode(command, 0, header)) send(header, {});
    });
}

}  // namespace echo
