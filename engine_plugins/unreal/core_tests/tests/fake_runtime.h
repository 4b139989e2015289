#pragma once

#include <zmq.h>

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "EchoCore/Codec.h"

/// The runtime's side of the wire on real sockets, as tests want it to behave: polite, newer, or hostile. All sockets
/// belong to its own thread; `post` runs something there.
class FakeRuntime {
public:
    struct Behaviour {
        /// 0 takes free ports; a restarted runtime takes the control port of the one before.
        int control_port = 0;
        std::string run = "run-1";
        echo::Version proto{1, 0};
        /// Sent instead of WELCOME.
        std::string refusal;
        /// An NPC of this name cannot be opened: its avatar is not there.
        std::string absent;
        bool answers_hello = true;
        bool answers_pings = true;
        /// Z85 secret key; with one the sockets are CURVE servers.
        std::string secret_key;
    };

    explicit FakeRuntime(Behaviour behaviour);
    /// Without goodbye, like a process that was killed.
    ~FakeRuntime();

    int control_port() const { return ports_[0]; }

    /// Runs in the runtime's thread, and waits until it has.
    void post(std::function<void()> job);
    /// Types of everything that came, in order.
    std::vector<std::string> received();
    int count(const std::string& type);
    /// The payloads of all `speak_audio`, in microseconds at 16 kHz.
    int64_t speech_us();

    template <class Message>
    void reply(const Message& message, size_t payload_bytes = 0) {
        echo::Header header;
        if (!echo::encode(message, payload_bytes, header)) std::abort();
        post([&] { send_control(header.bytes()); });
    }
    void reply_bytes(const std::vector<uint8_t>& bytes) {
        post([&] { send_control({bytes.data(), bytes.size()}); });
    }

    template <class Message>
    void publish(const char* stream, const Message& message, const std::vector<uint8_t>& payload) {
        echo::Header header;
        if (!echo::encode(message, payload.size(), header)) std::abort();
        std::array<uint8_t, echo::limits::topic_bytes> buffer;
        const echo::Bytes topic = echo::topic(stream, message.npc, buffer);
        publish_parts(stream, {std::string(topic.text()), std::string(header.bytes().text()),
                               std::string(payload.begin(), payload.end())});
    }
    void publish_parts(const char* stream, const std::vector<std::string>& parts);
    /// A picture whose every byte is the low one of `seq`.
    void picture(const char* npc, uint64_t seq, uint32_t epoch = 0, bool again = false, uint32_t side = 8);
    void event(const char* npc, uint64_t seq, const char* name, uint32_t epoch = 0);
    void speech(const char* npc, uint64_t seq, int64_t pts, int64_t samples, uint32_t epoch = 0, bool last = false);
    /// Subscriptions that both streams have.
    int subscriptions() const { return subscriptions_; }

private:
    void run();
    void take(const std::string& route, echo::Bytes header, echo::Bytes payload);
    void send_control(echo::Bytes header);
    template <class Message>
    void answer(const Message& message) {
        echo::Header header;
        if (!echo::encode(message, 0, header)) std::abort();
        send_control(header.bytes());
    }

    const Behaviour behaviour_;
    void* context_;
    void* sockets_[3];  // control, cues, video
    int ports_[3];
    std::string route_;
    std::mutex mutex_;
    std::vector<std::string> received_;
    int64_t speech_bytes_ = 0;
    uint32_t epoch_ = 0;
    struct Job {
        std::function<void()> work;
        std::atomic<bool> done{false};
    };
    std::deque<Job*> jobs_;
    std::atomic<int> subscriptions_{0};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};
