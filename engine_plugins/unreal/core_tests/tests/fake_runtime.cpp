#include "fake_runtime.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "EchoCore/ClockOffset.h"
#include "EchoCore/MsgpackWriter.h"

namespace {

int bound_port(void* socket) {
    char endpoint[64];
    size_t size = sizeof endpoint;
    if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) != 0) std::abort();
    return std::atoi(std::strrchr(endpoint, ':') + 1);
}

std::vector<std::string> receive_parts(void* socket) {
    std::vector<std::string> parts;
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0) {
        parts.emplace_back(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
        if (zmq_msg_more(&message) == 0) break;
    }
    zmq_msg_close(&message);
    return parts;
}

}  // namespace

FakeRuntime::FakeRuntime(Behaviour behaviour) : behaviour_(std::move(behaviour)), context_(zmq_ctx_new()) {
    const int types[] = {ZMQ_ROUTER, ZMQ_XPUB, ZMQ_XPUB};
    for (int i = 0; i < 3; ++i) {
        sockets_[i] = zmq_socket(context_, types[i]);
        const int zero = 0;
        const int one = 1;
        zmq_setsockopt(sockets_[i], ZMQ_LINGER, &zero, sizeof zero);
        if (i > 0) zmq_setsockopt(sockets_[i], ZMQ_XPUB_VERBOSE, &one, sizeof one);
        if (!behaviour_.secret_key.empty()) {
            zmq_setsockopt(sockets_[i], ZMQ_CURVE_SERVER, &one, sizeof one);
            zmq_setsockopt(sockets_[i], ZMQ_CURVE_SECRETKEY, behaviour_.secret_key.data(),
                           behaviour_.secret_key.size());
        }
        const std::string port = i == 0 && behaviour_.control_port != 0 ? std::to_string(behaviour_.control_port) : "*";
        if (zmq_bind(sockets_[i], ("tcp://127.0.0.1:" + port).c_str()) != 0) {
            std::fprintf(stderr, "cannot bind port %s: %s\n", port.c_str(), zmq_strerror(zmq_errno()));
            std::abort();
        }
        ports_[i] = bound_port(sockets_[i]);
    }
    thread_ = std::thread([this] { run(); });
}

FakeRuntime::~FakeRuntime() {
    stop_ = true;
    thread_.join();
    for (void* socket : sockets_) zmq_close(socket);
    zmq_ctx_term(context_);
}

void FakeRuntime::post(std::function<void()> work) {
    Job job;
    job.work = std::move(work);
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        jobs_.push_back(&job);
    }
    while (!job.done) std::this_thread::yield();
}

void FakeRuntime::run() {
    while (!stop_) {
        zmq_pollitem_t items[3] = {};
        for (int i = 0; i < 3; ++i) items[i] = {sockets_[i], 0, ZMQ_POLLIN, 0};
        zmq_poll(items, 3, 1);
        for (;;) {
            const std::vector<std::string> parts = receive_parts(sockets_[0]);
            if (parts.empty()) break;
            if (parts.size() >= 2)
                take(parts[0], echo::Bytes(parts[1]), parts.size() > 2 ? echo::Bytes(parts[2]) : echo::Bytes());
        }
        for (int i = 1; i < 3; ++i) {
            for (;;) {
                const std::vector<std::string> parts = receive_parts(sockets_[i]);
                if (parts.empty()) break;
                if (parts[0][0] == 1) ++subscriptions_;
            }
        }
        for (;;) {
            Job* job = nullptr;
            {
                const std::lock_guard<std::mutex> lock(mutex_);
                if (!jobs_.empty()) {
                    job = jobs_.front();
                    jobs_.pop_front();
                }
            }
            if (job == nullptr) break;
            job->work();
            job->done = true;
        }
    }
}

void FakeRuntime::take(const std::string& route, echo::Bytes header, echo::Bytes payload) {
    std::string_view type;
    if (!echo::type_of(header, type)) return;
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        received_.emplace_back(type);
        if (type == "speak_audio") speech_bytes_ += static_cast<int64_t>(payload.size);
    }
    route_ = route;
    uint8_t buffer[1024];
    echo::msgpack::Writer writer(buffer, sizeof buffer);
    echo::Done done;
    echo::Ack ack;
    if (type == "hello") {
        if (!behaviour_.answers_hello) return;
        if (!behaviour_.refusal.empty()) {
            echo::Error error;
            error.code = echo::Name(behaviour_.refusal);
            error.text = "Not you.";
            return answer(error);
        }
        echo::Welcome welcome;
        welcome.proto = behaviour_.proto;
        welcome.session = "s";
        welcome.run = echo::Name(behaviour_.run);
        welcome.now = echo::monotonic_us();
        welcome.runtime = "test";
        writer.map(3);
        const char* names[] = {"control", "cues", "video"};
        for (int i = 0; i < 3; ++i) {
            writer.text(names[i]);
            writer.whole(ports_[i]);
        }
        welcome.ports = writer.written();
        return answer(welcome);
    }
    if (type == "ping") {
        echo::Ping ping;
        if (!behaviour_.answers_pings || !echo::decode(header, 0, ping)) return;
        echo::Pong pong;
        pong.id = ping.id;
        pong.sent = ping.sent;
        pong.received = pong.answered = echo::monotonic_us();
        return answer(pong);
    }
    if (type == "open_npc") {
        echo::OpenNpc open;
        if (!echo::decode(header, 0, open)) return;
        if (!behaviour_.absent.empty() && open.npc == echo::Name(behaviour_.absent.c_str())) {
            echo::Failed failed;
            failed.id = open.id;
            failed.code = "package";
            failed.text = "There is no avatar of this name.";
            return answer(failed);
        }
        ack.id = done.id = open.id;
        writer.map(2);
        writer.text("width");
        writer.whole(8);
        writer.text("height");
        writer.whole(8);
    } else if (type == "interrupt") {
        echo::Interrupt interrupt;
        if (!echo::decode(header, 0, interrupt)) return;
        ack.id = done.id = interrupt.id;
        writer.map(1);
        writer.text("epoch");
        writer.whole(++epoch_);
    } else if (type == "speak_audio") {
        echo::SpeakAudio audio;
        if (!echo::decode(header, payload.size, audio)) return;
        ack.id = done.id = audio.id;
        ack.buffered_us = speech_bytes_ / 2 * 1'000'000 / 16'000;  // it plays nothing
    } else if (type == "speak_begin") {
        echo::SpeakBegin begin;
        if (!echo::decode(header, 0, begin)) return;
        ack.id = begin.id;
        return answer(ack);
    } else {
        return;  // never answered: what waits for it must not wait for ever
    }
    answer(ack);
    done.result = writer.written();
    answer(done);
}

void FakeRuntime::send_control(echo::Bytes header) {
    zmq_send(sockets_[0], route_.data(), route_.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(sockets_[0], header.data, header.size, ZMQ_SNDMORE | ZMQ_DONTWAIT);
    zmq_send(sockets_[0], "", 0, ZMQ_DONTWAIT);
}

void FakeRuntime::publish_parts(const char* stream, const std::vector<std::string>& parts) {
    void* socket = sockets_[stream[0] == 'c' ? 1 : 2];
    post([&] {
        for (size_t i = 0; i < parts.size(); ++i) {
            zmq_send(socket, parts[i].data(), parts[i].size(), i + 1 < parts.size() ? ZMQ_SNDMORE : 0);
        }
    });
}

void FakeRuntime::picture(const char* npc, uint64_t seq, uint32_t epoch, bool again, uint32_t side) {
    echo::Video video;
    video.npc = npc;
    video.seq = seq;
    video.epoch = epoch;
    video.again = again;
    video.origin = "generated";
    video.width = video.height = side;
    video.stride = 4 * side;
    video.format = "bgra8";
    video.pts = video.published_us = echo::monotonic_us();
    publish("video", video, std::vector<uint8_t>(size_t{4} * side * side, static_cast<uint8_t>(seq)));
}

void FakeRuntime::event(const char* npc, uint64_t seq, const char* name, uint32_t epoch) {
    echo::Event event;
    event.npc = npc;
    event.seq = seq;
    event.epoch = epoch;
    event.name = name;
    publish("cues", event, {});
}

void FakeRuntime::speech(const char* npc, uint64_t seq, int64_t pts, int64_t samples, uint32_t epoch, bool last) {
    echo::Speech speech;
    speech.npc = npc;
    speech.seq = seq;
    speech.epoch = epoch;
    speech.utt = 1;
    speech.pts = pts;
    speech.rate = 16'000;
    speech.channels = 1;
    speech.last = last;
    publish("cues", speech, std::vector<uint8_t>(static_cast<size_t>(samples) * 2, 0x11));
}

std::vector<std::string> FakeRuntime::received() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return received_;
}

int FakeRuntime::count(const std::string& type) {
    int found = 0;
    for (const std::string& one : received()) found += one == type ? 1 : 0;
    return found;
}

int64_t FakeRuntime::speech_us() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return speech_bytes_ / 2 * 1'000'000 / 16'000;
}
