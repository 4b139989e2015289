#include "options.h"

#include <cstdio>
#include <cstdlib>

#include "EchoCore/Keys.h"

namespace live {

namespace {

const char usage[] =
    "echo-live --port CONTROL_PORT (--npc NAME | --watch NAME ...) [--host 127.0.0.1] [--client NAME] [--fps 60]\n"
    "          [--seconds S] [--server-key Z85] [--key FILE] [--proto MAJOR.MINOR] [--insecure-lan] [--zmq PATH]\n"
    "\n"
    "A complete engine client without an engine: prints one JSON object per line, reads commands from stdin:\n"
    "speak FILE RATE | speak_text TEXT | interrupt | emotion NAME X | stall SECONDS | subscribe NPC |\n"
    "pause_audio SECONDS | command JSON | quit\n";

bool refuse(const std::string& what) {
    std::fprintf(stderr, "echo-live: %s\n%s", what.c_str(), usage);
    return false;
}

/// `video/<npc>/`, `video/` or a name alone.
std::string npc_of_topic(std::string topic) {
    if (topic.rfind("video/", 0) == 0) topic = topic.substr(6);
    if (!topic.empty() && topic.back() == '/') topic.pop_back();
    return topic;
}

}  // namespace

bool read_options(int count, char** words, Options& options) {
    options.settings.client = "echo-live";
    std::string key_file;
    int port = 0;
    for (int i = 1; i < count; ++i) {
        const std::string name = words[i];
        if (name == "--help") return refuse("how to use it:");
        if (name == "--insecure-lan") {
            options.settings.insecure_lan = true;
            continue;
        }
        if (i + 1 == count) return refuse(name + " needs a value.");
        const std::string value = words[++i];
        if (name == "--host") {
            options.settings.host = value;
        } else if (name == "--port") {
            port = std::atoi(value.c_str());
        } else if (name == "--client") {
            options.settings.client = value;
        } else if (name == "--npc") {
            options.npc = value;
        } else if (name == "--watch") {
            options.watched.push_back(npc_of_topic(value));
        } else if (name == "--fps") {
            options.fps = std::atof(value.c_str());
        } else if (name == "--seconds") {
            options.seconds = std::atof(value.c_str());
        } else if (name == "--server-key") {
            options.settings.server_key = value;
        } else if (name == "--key") {
            key_file = value;
        } else if (name == "--zmq") {
            options.settings.zmq_library = value;
        } else if (name == "--proto") {
            unsigned major = 0;
            unsigned minor = 0;
            if (std::sscanf(value.c_str(), "%u.%u", &major, &minor) != 2) return refuse("--proto is MAJOR.MINOR.");
            options.settings.proto.major_number = static_cast<uint16_t>(major);
            options.settings.proto.minor_number = static_cast<uint16_t>(minor);
        } else {
            return refuse("there is no option " + name + ".");
        }
    }
    if (port < 1 || port > 65535) return refuse("--port must be from 1 to 65535.");
    if (options.npc.empty() && options.watched.empty()) return refuse("--npc or --watch must be given.");
    if (!(options.fps > 0.0)) return refuse("--fps must be above 0.");
    options.settings.control_port = static_cast<uint16_t>(port);
    if (!key_file.empty()) {
        echo::KeyPair keys;
        if (echo::Outcome read = echo::read_key_file(key_file, keys); !read) return refuse(read.sentence());
        options.settings.public_key = keys.public_key;
        options.settings.secret_key = keys.secret_key;
    }
    return true;
}

}  // namespace live
