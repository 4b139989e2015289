// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include <cstdio>
#include <cstring>

#include "EchoCore/MapView.h"
#include "Link.h"

/// What the runtime says on the control socket.
namespace echo {

/// A handshake that failed: CURVE says no (the connection is tried again, quietly, for a key may be added meanwhile).
void Link::receive_events() {
    zmq::Part part(library_);
    while (part.receive(*control_events_)) {
        uint16_t event = 0;
        const Bytes first = part.bytes();
        if (first.size >= sizeof event) std::memcpy(&event, first.data, sizeof event);
        while (part.more() && part.receive(*control_events_)) continue;
        if (greeting_.phase() != Greeting::Phase::absent) continue;
        if (event == zmq::event::handshake_failed_auth) {
            show(Status::refused, "The runtime does not allow this client's key: add it to the runtime's allow-list.");
        } else if (event == zmq::event::handshake_failed_protocol) {
            show(Status::refused, "The runtime and this client disagree about encryption: give both keys, or neither.");
        }
    }
}

void Link::receive_control() {
    zmq::Part part(library_);
    std::array<uint8_t, limits::header_bytes> header;
    while (part.receive(*control_)) {
        const Bytes first = part.bytes();
        const size_t size = first.size;
        if (size <= header.size()) std::copy(first.data, first.data + size, header.begin());
        size_t payload_bytes = 0;
        int parts = 1;
        for (; part.more() && part.receive(*control_); ++parts) payload_bytes += part.bytes().size;
        if (greeting_.phase() == Greeting::Phase::quiet) continue;
        greeting_.heard(monotonic_us());
        if (size > header.size()) {
            ++malformed;
            continue;
        }
        read_reply({header.data(), size}, payload_bytes, parts);
    }
}

void Link::read_reply(Bytes header, size_t payload_bytes, int parts) {
    std::string_view type;
    if (parts > 2 || !type_of(header, type)) {
        ++malformed;
        return;
    }
    const auto read = [&](auto message, auto use) {
        if (!decode(header, payload_bytes, message)) {
            ++malformed;
            return;
        }
        use(message);
    };
    if (type == "pong") {
        read(Pong{}, [&](const Pong& pong) { meet(pong); });
    } else if (type == "ack") {
        read(Ack{}, [&](const Ack& ack) {
            const auto found = pending_.find(ack.id);
            if (found == pending_.end() || !found->second.opens.empty()) return;
            Notice notice;
            notice.kind = Notice::Kind::ack;
            notice.id = ack.id;
            notice.buffered_us = ack.buffered_us;
            notices.put(std::move(notice));
        });
    } else if (type == "done") {
        read(Done{}, [&](const Done& done) { meet(done); });
    } else if (type == "failed") {
        read(Failed{}, [&](const Failed& failed) { meet(failed); });
    } else if (type == "welcome") {
        read(Welcome{}, [&](const Welcome& welcome) { meet(welcome); });
    } else if (type == "error") {
        read(Error{}, [&](const Error& error) { meet(error); });
    } else if (type == "closing") {
        read(Closing{}, [&](const Closing& closing) { meet(closing); });
    } else {
        ++(is_known(type) ? malformed : unknown);
    }
}

void Link::meet(const Welcome& welcome) {
    const int64_t now = monotonic_us();
    const Version ours = settings_.proto;
    const Version theirs = welcome.proto;
    char text[160];
    if (theirs.major_number != ours.major_number) {
        greeting_.refused(now, false);
        std::snprintf(text, sizeof text, "The runtime speaks protocol %u.%u and this engine %u.%u: update the %s.",
                      theirs.major_number, theirs.minor_number, ours.major_number, ours.minor_number,
                      theirs.major_number > ours.major_number ? "engine's plugin" : "runtime");
        show(Status::refused, text);
        return;
    }
    if (greeting_.greeted()) return;  // the answer to a HELLO that was said twice
    if (theirs.minor_number > ours.minor_number && !warned_) {
        warned_ = true;
        std::snprintf(text, sizeof text,
                      "The runtime speaks protocol %u.%u, newer than this engine's %u.%u: what is new is not used.",
                      theirs.major_number, theirs.minor_number, ours.major_number, ours.minor_number);
        Notice notice;
        notice.kind = Notice::Kind::warning;
        notice.text = text;
        notices.put(std::move(notice));
    }
    if (run_name_ != welcome.run.view()) {
        run_name_ = welcome.run.view();
        clock_.restart();
        pings_ = 0;
        clock_known = false;
        // before anything of the new run is received: its numbers begin anew
        video_.reset();
        cues_.reset();
        cues_port_ = video_port_ = 0;
        feeds.restart(++run_);
    } else if (!welcome.returned) {
        feeds.each([](const Name&, Feeds::Entry& entry) { entry.opened = false; });
    }
    greeting_.welcomed(now);
    show(Status::connected, "Connected to a runtime.");
    Notice notice;
    notice.kind = Notice::Kind::welcome;
    notice.status = Status::connected;
    notice.session = welcome.session.view();
    notice.run = welcome.run.view();
    notice.returned = welcome.returned;
    notices.put(std::move(notice));
    open_streams(welcome);
    subscribe();
}

void Link::meet(const Error& error) {
    if (error.code == "no_session") {
        // the runtime was restarted, or took us for gone: it knows nothing of what was under way
        if (greeting_.greeted()) {
            abandon("The runtime was restarted before it answered.");
            greeting_.begin_anew();
        }
        return;
    }
    if (!greeting_.greeted() && greeting_.phase() != Greeting::Phase::absent) {
        greeting_.refused(monotonic_us(), error.code == "too_many_clients");
        show(Status::refused, std::string(error.text));
        return;
    }
    Notice notice;
    notice.kind = Notice::Kind::error;
    notice.code = error.code.view();
    notice.text = error.text;
    notices.put(std::move(notice));
}

void Link::meet(const Closing& closing) {
    if (!greeting_.greeted()) return;
    const std::string text(closing.text);
    if (closing.code == "stopped") {
        // it will be looked for again when its connection has gone
        greeting_.refused(monotonic_us(), true);
        show(Status::lost, text);
    } else {
        // two clients of one name would take the session from each other for ever
        greeting_.fall_quiet();
        video_.reset();
        cues_.reset();
        cues_port_ = video_port_ = 0;
        show(Status::refused, text);
    }
    abandon(text.c_str());
}

void Link::meet(const Done& done) {
    const auto found = pending_.find(done.id);
    if (found == pending_.end()) return;
    const Pending pending = found->second;
    pending_.erase(found);
    Notice notice;
    notice.kind = pending.opens.empty() ? Notice::Kind::done : Notice::Kind::opened;
    notice.id = done.id;
    notice.npc = pending.opens.view();
    notice.result.assign(done.result.data, done.result.data + done.result.size);
    int64_t epoch = 0;
    const Name& npc = pending.opens.empty() ? pending.interrupts : pending.opens;
    if (!npc.empty() && MapView(done.result).whole("epoch", epoch) && epoch > 0 && epoch <= UINT32_MAX) {
        feeds.raise(npc, run_, static_cast<uint32_t>(epoch));
    }
    notices.put(std::move(notice));
}

void Link::meet(const Failed& failed) {
    const auto found = pending_.find(failed.id);
    if (found == pending_.end() && failed.id != 0) return;
    Notice notice;
    notice.kind = failed.id == 0 ? Notice::Kind::error : Notice::Kind::failed;
    notice.id = failed.id;
    notice.code = failed.code.view();
    notice.text = failed.text;
    if (found != pending_.end()) {
        notice.npc = found->second.opens.view();
        // whether the runtime had it is not known: it is asked again, where an open NPC is joined
        if (failed.code == connection_lost) feeds.reopen(found->second.opens);
        pending_.erase(found);
    }
    notices.put(std::move(notice));
}

void Link::meet(const Pong& pong) {
    const int64_t now = monotonic_us();
    if (pong.sent > now || pong.sent < now - 60'000'000 || pong.answered < pong.received) return;  // none of ours
    clock_.add(pong.sent, pong.received, pong.answered, now);
    offset_us = clock_.offset_us();
    clock_known = true;
}

}  // namespace echo
