#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "EchoCore/LatestSlot.h"
#include "EchoCore/ReceiveOrder.h"
#include "EchoCore/RecordLane.h"
#include "EchoCore/SpeechFlow.h"
#include "Greeting.h"

namespace {

using echo::Greeting;
using echo::NpcOrder;
using echo::SpeechFlow;
using echo::StreamKind;
using echo::StreamOrder;

TEST(ReceiveOrder, GapsBetweenLiveMessagesAreLosses) {
    StreamOrder order;
    EXPECT_TRUE(order.accept(7, false)) << "where one joins is no gap";
    EXPECT_TRUE(order.accept(8, false));
    EXPECT_TRUE(order.accept(11, false));
    EXPECT_EQ(order.lost(), 2u);
    EXPECT_FALSE(order.accept(11, false));
    EXPECT_FALSE(order.accept(3, false));
    order.restart();
    EXPECT_TRUE(order.accept(1, false));
    EXPECT_EQ(order.lost(), 2u);
}

TEST(ReceiveOrder, LastValuesAreTakenOnceAndMakeNoGap) {
    StreamOrder order;
    EXPECT_TRUE(order.accept(4, true));
    EXPECT_TRUE(order.accept(9, true));
    EXPECT_TRUE(order.accept(15, false));
    EXPECT_FALSE(order.accept(15, true));
    EXPECT_FALSE(order.accept(9, true));
    EXPECT_TRUE(order.accept(16, false));
    EXPECT_EQ(order.lost(), 0u);
}

TEST(ReceiveOrder, LowerEpochsAreDroppedAndMakeNoGap) {
    NpcOrder order;
    EXPECT_TRUE(order.accept(StreamKind::event, 1, 5, false));
    EXPECT_FALSE(order.accept(StreamKind::event, 2, 4, false));
    EXPECT_TRUE(order.accept(StreamKind::event, 3, 5, false));
    EXPECT_FALSE(order.accept(StreamKind::video, 1, 4, false)) << "one epoch for all types";
    EXPECT_TRUE(order.accept(StreamKind::video, 2, 5, false));
    EXPECT_EQ(order.outdated(), 2u);
    EXPECT_EQ(order.lost(), 0u);
    order.raise(6);
    EXPECT_FALSE(order.accept(StreamKind::video, 3, 5, false));
    order.restart();
    EXPECT_TRUE(order.accept(StreamKind::video, 1, 0, false));
}

TEST(LatestSlot, GivesTheNewestOnce) {
    echo::LatestSlot<std::unique_ptr<int>> slot;
    EXPECT_EQ(slot.take(), nullptr);
    for (int i = 0; i < 10; ++i) slot.put(std::make_unique<int>(i));
    EXPECT_TRUE(slot.has_newer());
    std::unique_ptr<int>* taken = slot.take();
    ASSERT_NE(taken, nullptr);
    EXPECT_EQ(**taken, 9);
    EXPECT_EQ(slot.take(), nullptr);
    slot.put(std::make_unique<int>(10));
    slot.put(std::make_unique<int>(11));
    EXPECT_EQ(**taken, 9) << "the reader's until the next take";
    EXPECT_EQ(**slot.take(), 11);
}

TEST(LatestSlot, BetweenTwoThreadsNothingIsTornAndNothingGoesBack) {
    struct Wide {
        uint64_t values[64] = {};
    };
    echo::LatestSlot<Wide> slot;
    constexpr uint64_t last = 20'000;
    std::thread writer([&] {
        for (uint64_t i = 1; i <= last; ++i) {
            Wide wide;
            for (uint64_t& value : wide.values) value = i;
            slot.put(std::move(wide));
        }
    });
    uint64_t seen = 0;
    while (seen != last) {
        const Wide* wide = slot.take();
        if (wide == nullptr) {
            std::this_thread::yield();
            continue;
        }
        ASSERT_GT(wide->values[0], seen);
        for (uint64_t value : wide->values) ASSERT_EQ(value, wide->values[0]);
        seen = wide->values[0];
    }
    writer.join();
}

TEST(RecordLane, KeepsOrderAndRefusesWhatDoesNotFit) {
    echo::RecordLane<int> lane(1024);
    const std::vector<uint8_t> body(200, 7);
    int put = 0;
    while (lane.put(put, {body.data(), body.size()})) ++put;
    EXPECT_GE(put, 3);
    EXPECT_LE(put, 5);
    EXPECT_FALSE(lane.put(0, {body.data(), 5000})) << "larger than the lane";
    int head = -1;
    echo::Bytes got;
    for (int i = 0; i < put; ++i) {
        ASSERT_TRUE(lane.front(head, got));
        EXPECT_EQ(head, i);
        EXPECT_EQ(got.size, body.size());
        lane.pop();
    }
    EXPECT_FALSE(lane.front(head, got));
}

TEST(RecordLane, BetweenTwoThreadsEveryRecordArrivesWhole) {
    echo::RecordLane<uint32_t> lane(4096);
    constexpr uint32_t last = 20'000;
    std::thread writer([&] {
        std::vector<uint8_t> body;
        for (uint32_t i = 1; i <= last; ++i) {
            body.assign(i * 37 % 700, static_cast<uint8_t>(i));
            while (!lane.put(i, {body.data(), body.size()})) std::this_thread::yield();
        }
    });
    for (uint32_t i = 1; i <= last; ++i) {
        uint32_t head = 0;
        echo::Bytes body;
        while (!lane.front(head, body)) std::this_thread::yield();
        ASSERT_EQ(head, i);
        ASSERT_EQ(body.size, i * 37 % 700);
        for (size_t k = 0; k < body.size; ++k) ASSERT_EQ(body.data[k], static_cast<uint8_t>(i));
        lane.pop();
    }
    writer.join();
}

TEST(SpeechFlow, KeepsAboutTwoSecondsWaiting) {
    SpeechFlow flow;
    // a runtime that plays in real time and acknowledges at once
    int64_t buffered = 0;
    int64_t most = 0;
    int64_t sent = 0;
    for (int64_t now = 0; now < 20'000'000; now += 16'000) {
        buffered = std::max<int64_t>(0, buffered - 16'000);
        for (SpeechFlow::Next next = flow.next(now); next != SpeechFlow::Next::wait; next = flow.next(now)) {
            const int64_t piece = next == SpeechFlow::Next::send ? 100'000 : 0;
            flow.sent(piece);
            sent += piece;
            buffered += piece;
            flow.acknowledged(piece, buffered, now);
        }
        most = std::max(most, buffered);
        ASSERT_TRUE(now < 1'000'000 || buffered > 1'500'000) << "speech runs dry at " << now;
    }
    EXPECT_LE(most, 2'200'000);
    EXPECT_NEAR(static_cast<double>(sent), 21.9e6, 0.3e6);
}

TEST(SpeechFlow, SendsNothingMoreToARuntimeThatPlaysNothing) {
    SpeechFlow flow;
    int64_t buffered = 0;
    int asked = 0;
    for (int64_t now = 0; now < 60'000'000; now += 16'000) {
        for (SpeechFlow::Next next = flow.next(now); next != SpeechFlow::Next::wait; next = flow.next(now)) {
            const int64_t piece = next == SpeechFlow::Next::send ? 100'000 : 0;
            asked += piece == 0 ? 1 : 0;
            flow.sent(piece);
            buffered += piece;
            flow.acknowledged(piece, buffered, now);
        }
    }
    EXPECT_EQ(buffered, 2'000'000);
    EXPECT_GT(asked, 100);
    EXPECT_LT(asked, 700);
}

TEST(SpeechFlow, WithoutAnAnswerNotMoreThanTwoSecondsGoOut) {
    SpeechFlow flow;
    int64_t sent = 0;
    for (int64_t now = 0; now < 60'000'000; now += 16'000) {
        while (flow.next(now) == SpeechFlow::Next::send) {
            flow.sent(100'000);
            sent += 100'000;
        }
        ASSERT_EQ(flow.next(now), SpeechFlow::Next::wait);
    }
    EXPECT_EQ(sent, 2'000'000);
}

TEST(Greeting, HelloIsRepeatedWithGrowingWaitsOnlyWhereAConnectionIs) {
    Greeting greeting;
    EXPECT_FALSE(greeting.hello_due(0));
    EXPECT_FALSE(greeting.connected(true));
    int said = 0;
    for (int64_t now = 0; now < 60'000'000; now += 100'000) said += greeting.hello_due(now) ? 1 : 0;
    EXPECT_GE(said, 8);
    EXPECT_LE(said, 12);
    greeting.welcomed(60'000'000);
    EXPECT_FALSE(greeting.hello_due(70'000'000));
}

TEST(Greeting, SilenceEndsASessionAndBeginsTheNext) {
    Greeting greeting;
    greeting.connected(true);
    ASSERT_TRUE(greeting.hello_due(0));
    greeting.welcomed(0);
    EXPECT_FALSE(greeting.silent(4'900'000));
    greeting.heard(4'900'000);
    EXPECT_FALSE(greeting.silent(9'000'000));
    EXPECT_TRUE(greeting.silent(9'900'000));
    EXPECT_FALSE(greeting.silent(9'950'000)) << "said once";
    EXPECT_TRUE(greeting.hello_due(9'950'000));
}

TEST(Greeting, ALostConnectionIsSaidOnceAndGreetedAtOnceWhenItIsBack) {
    Greeting greeting;
    greeting.connected(true);
    greeting.welcomed(0);
    EXPECT_TRUE(greeting.connected(false));
    EXPECT_FALSE(greeting.connected(false));
    EXPECT_FALSE(greeting.hello_due(50));
    EXPECT_FALSE(greeting.connected(true));
    EXPECT_TRUE(greeting.hello_due(100));
}

TEST(Greeting, AReplacedClientStaysQuietForEver) {
    Greeting greeting;
    greeting.connected(true);
    greeting.welcomed(0);
    greeting.fall_quiet();
    EXPECT_FALSE(greeting.connected(false));
    EXPECT_FALSE(greeting.connected(true));
    greeting.begin_anew();
    for (int64_t now = 0; now < 100'000'000; now += 1'000'000) {
        EXPECT_FALSE(greeting.hello_due(now));
        EXPECT_FALSE(greeting.ping_due(now, 9));
    }
}

TEST(Greeting, ARefusedOneAsksAgainWhenTheRuntimeHasBeenAway) {
    Greeting greeting;
    greeting.connected(true);
    ASSERT_TRUE(greeting.hello_due(0));
    greeting.refused(0, false);
    EXPECT_FALSE(greeting.hello_due(100'000'000));
    EXPECT_FALSE(greeting.connected(false)) << "no session was lost";
    greeting.connected(true);
    EXPECT_TRUE(greeting.hello_due(100'000'000));
    greeting.refused(100'000'000, true);
    EXPECT_FALSE(greeting.hello_due(104'000'000));
    EXPECT_TRUE(greeting.hello_due(105'000'000));
}

TEST(Greeting, EightQuickPingsThenOneASecond) {
    Greeting greeting;
    greeting.connected(true);
    greeting.welcomed(0);
    int sent = 0;
    for (int64_t now = 0; now < 1'000'000; now += 1'000) sent += greeting.ping_due(now, sent) ? 1 : 0;
    EXPECT_EQ(sent, 9);
}

}  // namespace
