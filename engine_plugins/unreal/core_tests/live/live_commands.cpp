#include <cstdio>
#include <sstream>

#include "EchoCore/ClockOffset.h"
#include "event_line.h"
#include "json.h"
#include "live_client.h"

/// The lines that the program obeys.
namespace live {

bool LiveClient::obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "quit") {
        quit_ = true;
    } else if (verb == "speak") {
        std::string file;
        uint32_t rate = 0;
        if (!(words >> file >> rate)) return false;
        speak(file, rate);
    } else if (verb == "speak_text") {
        std::string text;
        std::getline(words >> std::ws, text);
        echo::SpeakText speech;
        speech.npc = echo::Name(options_.npc);
        speech.text = text;
        begin("speak_text", speech);
    } else if (verb == "interrupt") {
        echo::Interrupt interrupt;
        interrupt.npc = echo::Name(options_.npc);
        begin("interrupt", interrupt);
    } else if (verb == "emotion") {
        std::string name;
        echo::Emotion emotion;
        if (!(words >> name >> emotion.intensity)) return false;
        emotion.npc = echo::Name(options_.npc);
        emotion.name = echo::Name(name);
        begin("emotion", emotion);
    } else if (verb == "stall") {
        double seconds = 0.0;
        if (!(words >> seconds)) return false;
        stalled_until_us_ = echo::monotonic_us() + static_cast<int64_t>(seconds * 1e6);
        stall_over_due_ = true;
    } else if (verb == "subscribe") {
        std::string npc;
        if (!(words >> npc)) return false;
        connection_->watch(echo::Name(npc));
    } else if (verb == "pause_audio") {
        double seconds = 0.0;
        if (!(words >> seconds) || sound_ == nullptr) return false;
        sound_->pause(seconds);
    } else if (verb == "command") {
        std::string text;
        std::getline(words, text);
        post(text);
    } else {
        return verb.empty();
    }
    return true;
}

void LiveClient::speak(const std::string& file, uint32_t rate) {
    std::vector<int16_t> samples;
    if (std::FILE* sound = std::fopen(file.c_str(), "rb"); sound != nullptr) {
        int16_t buffer[8192];
        for (size_t count = 0; (count = std::fread(buffer, sizeof(int16_t), std::size(buffer), sound)) != 0;) {
            samples.insert(samples.end(), buffer, buffer + count);
        }
        std::fclose(sound);
    }
    if (samples.empty() || rate < 8000) {
        EventLine("warning").text("text",
                                  "The sound file '" + file + "' cannot be read, or its rate is below 8000 Hz.");
        return;
    }
    speakers_.push_back(
        std::make_unique<echo::Speaker>(*connection_, echo::Name(options_.npc), next_utt_++, std::move(samples), rate));
}

template <class Command>
void LiveClient::begin(const char* name, const Command& command) {
    uint64_t id = 0;
    const echo::Outcome begun = connection_->begin(command, {}, id);
    if (begun) {
        commands_[id] = name;
    } else {
        EventLine("answer")
            .natural("id", id)
            .text("command", name)
            .text("type", "failed")
            .text("code", "not_sent")
            .text("text", begun.sentence());
    }
}

/// A command as JSON: its header, in the order of its keys, but `t` and an `id` of ours first.
void LiveClient::post(const std::string& text) {
    json::Value command;
    std::string why;
    if (!json::read(text, command, why) || !command.has("t")) {
        EventLine("warning").text("text", "The command is no JSON object with a type t: " + why);
        return;
    }
    const std::string name = command["t"].text;
    const bool numbered = command.has("id");
    const uint64_t id = numbered ? command["id"].natural() : connection_->next_id();
    echo::Header header;
    echo::msgpack::Writer writer(header.buffer.data(), header.buffer.size());
    writer.map(static_cast<uint32_t>(command.map.size() + (numbered ? 0 : 1)));
    writer.text("t");
    json::put(writer, command["t"]);
    writer.text("id");
    writer.natural(id);
    for (const auto& [key, value] : command.map) {
        if (key == "t" || key == "id") continue;
        writer.text(key);
        json::put(writer, value);
    }
    header.size = writer.written().size;
    const echo::Name interrupts = name == "interrupt" ? echo::Name(command["npc"].text) : echo::Name();
    const echo::Outcome posted = connection_->post(header, {}, id, interrupts);
    if (posted) {
        commands_[id] = name;
    } else {
        EventLine("answer")
            .natural("id", id)
            .text("command", name)
            .text("type", "failed")
            .text("code", "not_sent")
            .text("text", posted.sentence());
    }
}

}  // namespace live
