#include "EchoCore/Game/ProcessSupervisor.h"

#include <gtest/gtest.h>

namespace {

using State = echo::ProcessSupervisor::State;
constexpr int64_t second = 1'000'000;

struct Host : echo::ProcessHost {
    bool start(std::string& why) override {
        ++starts;
        if (!can_start) why = "No such file.";
        alive = can_start;
        return can_start;
    }
    bool running() override { return alive; }
    void end(bool hard) override {
        (hard ? killed : asked) += 1;
        if (hard || obeys) alive = false;
    }

    std::string last_words() override { return words; }
    int status() override { return code; }

    std::string words;
    int code = 9;
    bool can_start = true;
    bool obeys = true;
    bool alive = false;
    int starts = 0;
    int asked = 0;
    int killed = 0;
};

TEST(Supervisor, LeavesARuntimeAloneThatIsThere) {
    Host host;
    echo::ProcessSupervisor supervisor(host);
    supervisor.begin(0);
    supervisor.tick(false, second);
    EXPECT_EQ(supervisor.state(), State::looking);
    supervisor.tick(true, second + 1);
    EXPECT_EQ(supervisor.state(), State::attached);
    supervisor.stop(2 * second);
    EXPECT_EQ(host.starts + host.asked + host.killed, 0);
}

TEST(Supervisor, StartsOneWhereNoneIs) {
    Host host;
    echo::ProcessSupervisor supervisor(host);
    supervisor.begin(0);
    supervisor.tick(false, 2 * second);
    EXPECT_EQ(supervisor.state(), State::running);
    supervisor.tick(true, 3 * second);
    EXPECT_EQ(supervisor.state(), State::running);
    EXPECT_EQ(host.starts, 1);
}

TEST(Supervisor, StartsOneWhenTheOtherIsGone) {
    Host host;
    echo::ProcessSupervisor supervisor(host);
    supervisor.begin(0);
    supervisor.tick(true, 1);
    supervisor.tick(false, second);
    EXPECT_EQ(supervisor.state(), State::looking);
    supervisor.tick(false, 4 * second);
    EXPECT_EQ(supervisor.state(), State::running);
}

TEST(Supervisor, WaitsLongerFromFailureToFailure) {
    Host host;
    host.can_start = false;
    echo::ProcessSupervisor supervisor(host, 0);
    supervisor.begin(0);
    int64_t now = 0;
    std::vector<int64_t> waits;
    for (int i = 0; i < 8; ++i) {
        supervisor.tick(false, now);
        ASSERT_EQ(supervisor.state(), State::waiting);
        EXPECT_EQ(supervisor.trouble(), "No such file.");
        waits.push_back((supervisor.next_start_us() - now) / second);
        supervisor.tick(false, supervisor.next_start_us() - 1);
        EXPECT_EQ(host.starts, i + 1) << "too early";
        now = supervisor.next_start_us();
    }
    EXPECT_EQ(waits, (std::vector<int64_t>{1, 2, 4, 8, 16, 30, 30, 30}));
}

TEST(Supervisor, WhatTheRuntimeSaidLastIsTold) {
    Host host;
    echo::ProcessSupervisor supervisor(host);
    supervisor.begin(0);
    supervisor.tick(false, 2 * second);
    host.words = "out of memory";
    host.alive = false;
    supervisor.tick(false, 3 * second);
    EXPECT_EQ(supervisor.state(), State::waiting);
    EXPECT_EQ(supervisor.trouble(), "The runtime's process has ended. Its last words: out of memory");
}

TEST(Supervisor, AUsersMistakeIsSaidAndNotRepeated) {
    Host host;
    echo::ProcessSupervisor supervisor(host);
    supervisor.begin(0);
    supervisor.tick(false, 2 * second);
    host.words = "echo-runtime: There is no avatar package 'nobody'.";
    host.code = echo::ProcessSupervisor::users_mistake;
    host.alive = false;
    supervisor.tick(false, 3 * second);
    EXPECT_EQ(supervisor.state(), State::gave_up);
    EXPECT_NE(supervisor.trouble().find("no avatar package 'nobody'"), std::string::npos);
    supervisor.tick(false, 300 * second);
    EXPECT_EQ(host.starts, 1);
    host.code = 9;
    supervisor.begin(301 * second);
    supervisor.tick(false, 303 * second);
    EXPECT_EQ(supervisor.state(), State::running) << "the next play tries again";
    EXPECT_EQ(host.starts, 2);
    supervisor.stop(304 * second);
    host.alive = false;
    supervisor.tick(false, 305 * second);
    EXPECT_EQ(supervisor.state(), State::off);
}

TEST(Supervisor, ACrashIsRestarted) {
    Host host;
    echo::ProcessSupervisor supervisor(host, 0);
    supervisor.begin(0);
    supervisor.tick(false, 0);
    host.alive = false;
    supervisor.tick(true, 10 * second);
    EXPECT_EQ(supervisor.state(), State::waiting);
    supervisor.tick(false, 11 * second);
    EXPECT_EQ(supervisor.state(), State::running);
    EXPECT_EQ(supervisor.starts(), 2u);
    EXPECT_FALSE(supervisor.trouble().empty());
    supervisor.tick(true, 100 * second);
    EXPECT_TRUE(supervisor.trouble().empty()) << "it has lasted";
    host.alive = false;
    supervisor.tick(false, 101 * second);
    EXPECT_EQ(supervisor.next_start_us(), 102 * second) << "the count begins anew";
}

TEST(Supervisor, ARuntimeThatHangsIsStartedAnew) {
    Host host;
    echo::ProcessSupervisor supervisor(host, 0);
    supervisor.begin(0);
    int64_t now = 0;
    supervisor.tick(false, now);
    for (int i = 0; i < 100; ++i) supervisor.tick(true, now += second);
    supervisor.tick(false, now += 3600 * second);  // a breakpoint: an hour in which nobody looked
    EXPECT_EQ(supervisor.state(), State::running);
    for (int i = 0; i < 178; ++i) supervisor.tick(false, now += second);
    EXPECT_EQ(supervisor.state(), State::running);
    supervisor.tick(false, now += second);
    EXPECT_EQ(host.killed, 1);
    EXPECT_EQ(supervisor.state(), State::waiting);
    supervisor.tick(false, now += second);
    EXPECT_EQ(supervisor.state(), State::running);
    for (int i = 0; i < 179; ++i) supervisor.tick(false, now += second);
    EXPECT_EQ(host.killed, 1) << "the count begins anew";
}

TEST(Supervisor, TheConnectionToOneThatHasEndedIsNoOtherRuntime) {
    Host host;
    echo::ProcessSupervisor supervisor(host, 0);
    supervisor.begin(0);
    supervisor.tick(false, 0);
    host.alive = false;
    supervisor.tick(true, second);
    supervisor.tick(true, second + second / 2);
    EXPECT_EQ(supervisor.state(), State::waiting) << "it only seems to be there still";
    supervisor.tick(true, 2 * second);
    EXPECT_EQ(supervisor.state(), State::running);
    host.alive = false;
    supervisor.tick(false, 3 * second);
    supervisor.tick(false, 4 * second);
    supervisor.tick(true, 4 * second + 1);
    EXPECT_EQ(supervisor.state(), State::attached) << "somebody else has started one";
}

TEST(Supervisor, InsistsOnTheEnd) {
    Host host;
    host.obeys = false;
    echo::ProcessSupervisor supervisor(host, 0);
    supervisor.begin(0);
    supervisor.tick(false, 0);
    supervisor.stop(second);
    EXPECT_EQ(host.asked, 1);
    supervisor.tick(true, 2 * second);
    EXPECT_EQ(supervisor.state(), State::ending);
    supervisor.tick(true, 5 * second);
    EXPECT_EQ(host.killed, 1);
    EXPECT_EQ(supervisor.state(), State::off);
}

TEST(Supervisor, ABeginDuringTheEndStartsAnother) {
    Host host;
    host.obeys = false;
    echo::ProcessSupervisor supervisor(host, 0);
    supervisor.begin(0);
    supervisor.tick(false, 0);
    supervisor.stop(second);
    supervisor.begin(second + 1);
    supervisor.tick(false, second + 2);
    EXPECT_EQ(supervisor.state(), State::running);
    EXPECT_EQ(host.killed, 1);
    EXPECT_EQ(host.starts, 2);
    supervisor.stop_now();
    EXPECT_FALSE(host.alive);
}

}  // namespace
