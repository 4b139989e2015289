// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Connection.h"

#include "EchoCore/ClockOffset.h"
#include "Link.h"

namespace echo {

const char* name_of(Status status) {
    switch (status) {
        case Status::connecting:
            return "connecting";
        case Status::connected:
            return "connected";
        case Status::lost:
            return "lost";
        case Status::refused:
            break;
    }
    return "refused";
}

std::unique_ptr<Connection> Connection::open(const Settings& settings, Outcome& outcome) {
    Hello hello;
    hello.client = Name(settings.client);
    Header header;
    if (!encode(hello, 0, header)) {
        outcome = Outcome::failure(Code::setting,
                                   "The client's name '%.70s' must be 1 to 64 letters, digits, '_', '-' or '.'.",
                                   settings.client.c_str());
        return nullptr;
    }
    const zmq::Library* library = zmq::Library::load(settings.zmq_library, outcome);
    if (library == nullptr) return nullptr;
    auto link = std::make_unique<Link>(settings, *library);
    outcome = link->start();
    return outcome ? std::unique_ptr<Connection>(new Connection(std::move(link))) : nullptr;
}

Connection::Connection(std::unique_ptr<Link> link) : link_(std::move(link)) {}

Connection::~Connection() = default;

std::shared_ptr<NpcFeed> Connection::open_npc(const Name& npc, const Name& avatar) {
    auto feed = link_->feeds.add(npc, avatar, true, true);
    link_->wake();
    return feed;
}

std::shared_ptr<NpcFeed> Connection::watch(const Name& npc, bool cues) {
    auto feed = link_->feeds.add(npc, {}, cues, false);
    link_->wake();
    return feed;
}

void Connection::watch_all(size_t most) {
    link_->feeds.adopt_all(most);
    link_->wake();
}

void Connection::leave(const Name& npc) {
    link_->feeds.remove(npc);
    link_->wake();
}

std::vector<std::shared_ptr<NpcFeed>> Connection::feeds() const {
    return link_->feeds.all();
}

Outcome Connection::post(const Header& header, Bytes payload, uint64_t id, const Name& interrupts) {
    if (status() != Status::connected) {
        return Outcome::failure(Code::not_connected, "No runtime is connected: wait for the status 'connected'.");
    }
    Outgoing outgoing;
    outgoing.header.assign(header.buffer.data(), header.buffer.data() + header.size);
    outgoing.payload.assign(payload.data, payload.data + payload.size);
    outgoing.id = id;
    outgoing.interrupts = interrupts;
    if (!link_->outbox.put(std::move(outgoing))) {
        return Outcome::failure(Code::full, "1024 commands wait to be sent: send more slowly.");
    }
    link_->wake();
    return {};
}

uint64_t Connection::next_id() {
    return ++link_->next_id;
}

void Connection::take_notices(std::vector<Notice>& notices) {
    link_->notices.take(notices);
}

Status Connection::status() const {
    return link_->status;
}

int64_t Connection::runtime_now_us() const {
    return monotonic_us() + link_->offset_us;
}

bool Connection::clock_known() const {
    return link_->clock_known;
}

LinkCounts Connection::counts() const {
    return {link_->malformed, link_->unknown, link_->unwanted};
}

}  // namespace echo
