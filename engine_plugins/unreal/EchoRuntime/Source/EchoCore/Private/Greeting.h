// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <algorithm>
#include <cstdint>

#include "EchoCore/Limits.h"

namespace echo {

/// When to say HELLO, when to ping, and when a runtime counts as lost (bridge/PROTOCOL.md, "Connecting", "Liveness").
/// Pure: no sockets, no clock; times in microseconds come in as arguments.
class Greeting {
public:
    enum class Phase : uint8_t {
        /// There is no connection.
        absent,
        /// There is one, and HELLO has been said or is due.
        greeting,
        greeted,
        /// The runtime does not want us; asked again when it has been away, or after `retry_us`.
        refused,
        /// The session was taken over or ended for good: nothing is sent any more.
        quiet,
    };

    Phase phase() const { return phase_; }
    bool greeted() const { return phase_ == Phase::greeted; }

    /// Whether a connection exists. True if that ended a session.
    bool connected(bool up) {
        if (phase_ == Phase::quiet || up == (phase_ != Phase::absent)) return false;
        const bool lost = phase_ == Phase::greeted;
        phase_ = up ? Phase::greeting : Phase::absent;
        hello_at_ = 0;
        wait_us_ = first_wait_us;
        return lost;
    }

    /// Another session must be begun, on the connection that is there.
    void begin_anew() {
        if (phase_ != Phase::quiet && phase_ != Phase::absent) {
            phase_ = Phase::greeting;
            hello_at_ = 0;
        }
    }

    void welcomed(int64_t now_us) {
        phase_ = Phase::greeted;
        heard_at_ = now_us;
        ping_at_ = 0;
        wait_us_ = first_wait_us;
    }

    /// `again`: ask again after a while, although the connection stays.
    void refused(int64_t now_us, bool again) {
        phase_ = Phase::refused;
        hello_at_ = again ? now_us + refused_wait_us : INT64_MAX;
    }

    void fall_quiet() { phase_ = Phase::quiet; }
    void heard(int64_t now_us) { heard_at_ = now_us; }

    /// True once when nothing has come for too long: the session is to be begun anew.
    bool silent(int64_t now_us) {
        if (phase_ != Phase::greeted || now_us - heard_at_ < limits::silence_us) return false;
        phase_ = Phase::greeting;
        hello_at_ = now_us;
        return true;
    }

    /// Whether HELLO is due; then the next one is only after a wait that grows.
    bool hello_due(int64_t now_us) {
        if ((phase_ != Phase::greeting && phase_ != Phase::refused) || now_us < hello_at_) return false;
        phase_ = Phase::greeting;
        hello_at_ = now_us + wait_us_;
        wait_us_ = std::min(2 * wait_us_, most_wait_us);
        return true;
    }

    /// Whether a ping is due. The first eight come quickly, so that the clock's offset is good at once.
    bool ping_due(int64_t now_us, int pings_sent) {
        if (phase_ != Phase::greeted || now_us < ping_at_) return false;
        ping_at_ = now_us + (pings_sent < 8 ? quick_ping_us : limits::ping_us);
        return true;
    }

    /// How long nothing will be due.
    int64_t until_due_us(int64_t now_us) const {
        int64_t due = INT64_MAX;
        if (phase_ == Phase::greeting || phase_ == Phase::refused) due = hello_at_;
        if (phase_ == Phase::greeted) due = std::min(ping_at_, heard_at_ + limits::silence_us);
        return due == INT64_MAX ? due : std::max<int64_t>(0, due - now_us);
    }

private:
    static constexpr int64_t first_wait_us = 1'000'000;
    static constexpr int64_t most_wait_us = 8'000'000;
    static constexpr int64_t refused_wait_us = 5'000'000;
    static constexpr int64_t quick_ping_us = 20'000;

    Phase phase_ = Phase::absent;
    int64_t hello_at_ = 0;
    int64_t wait_us_ = first_wait_us;
    int64_t heard_at_ = 0;
    int64_t ping_at_ = 0;
};

}  // namespace echo
