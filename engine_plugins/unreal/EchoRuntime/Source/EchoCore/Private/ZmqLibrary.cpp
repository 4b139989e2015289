// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "ZmqLibrary.h"

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace echo::zmq {

namespace {

#if defined(_WIN32)
using Handle = HMODULE;
Handle open_library(const char* name) {
    return LoadLibraryA(name);
}
void* find(Handle handle, const char* name) {
    return reinterpret_cast<void*>(GetProcAddress(handle, name));
}
void close_library(Handle handle) {
    FreeLibrary(handle);
}
#else
using Handle = void*;
Handle open_library(const char* name) {
    return dlopen(name, RTLD_NOW | RTLD_LOCAL);
}
void* find(Handle handle, const char* name) {
    return dlsym(handle, name);
}
void close_library(Handle handle) {
    dlclose(handle);
}
#endif

std::vector<std::string> usual_names() {
#if defined(_WIN32)
    return {"libzmq.dll", "libzmq-v143-mt-4_3_5.dll", "libzmq-mt-4_3_5.dll"};
#elif defined(__APPLE__)
    return {"libzmq.5.dylib", "libzmq.dylib", "/opt/homebrew/lib/libzmq.5.dylib", "/usr/local/lib/libzmq.5.dylib"};
#else
    return {"libzmq.so.5", "libzmq.so"};
#endif
}

template <class Function>
bool bind(Handle handle, const char* name, Function& function, std::string& missing) {
    function = reinterpret_cast<Function>(find(handle, name));
    if (function == nullptr && missing.empty()) missing = name;
    return function != nullptr;
}

std::string bind_all(Handle handle, Library& library) {
    std::string missing;
    bind(handle, "zmq_version", library.version, missing);
    bind(handle, "zmq_errno", library.error_number, missing);
    bind(handle, "zmq_strerror", library.error_text, missing);
    bind(handle, "zmq_ctx_new", library.context_new, missing);
    bind(handle, "zmq_ctx_term", library.context_terminate, missing);
    bind(handle, "zmq_socket", library.socket, missing);
    bind(handle, "zmq_close", library.close, missing);
    bind(handle, "zmq_setsockopt", library.set_option, missing);
    bind(handle, "zmq_getsockopt", library.get_option, missing);
    bind(handle, "zmq_bind", library.bind, missing);
    bind(handle, "zmq_connect", library.connect, missing);
    bind(handle, "zmq_socket_monitor", library.monitor, missing);
    bind(handle, "zmq_send", library.send, missing);
    bind(handle, "zmq_poll", library.poll, missing);
    bind(handle, "zmq_msg_init", library.message_init, missing);
    bind(handle, "zmq_msg_recv", library.message_receive, missing);
    bind(handle, "zmq_msg_close", library.message_close, missing);
    bind(handle, "zmq_msg_move", library.message_move, missing);
    bind(handle, "zmq_msg_data", library.message_data, missing);
    bind(handle, "zmq_msg_size", library.message_size, missing);
    bind(handle, "zmq_msg_more", library.message_more, missing);
    bind(handle, "zmq_curve_keypair", library.curve_keypair, missing);
    bind(handle, "zmq_curve_public", library.curve_public, missing);
    bind(handle, "zmq_has", library.has, missing);
    return missing;
}

}  // namespace

const Library* Library::load(const std::string& path, Outcome& outcome) {
    struct Loaded {
        std::string path;
        Library library;
    };
    static std::mutex mutex;
    static std::deque<Loaded> all_loaded;

    const std::lock_guard<std::mutex> lock(mutex);
    for (const Loaded& loaded : all_loaded) {
        if (loaded.path == path) return &loaded.library;
    }
    Handle handle = nullptr;
    for (const std::string& name : path.empty() ? usual_names() : std::vector<std::string>{path}) {
        if ((handle = open_library(name.c_str())) != nullptr) break;
    }
    if (handle == nullptr) {
        outcome = path.empty()
                      ? Outcome::failure(Code::library,
                                         "libzmq was not found (looked for %s): install it, as with 'apt install "
                                         "libzmq5', or give the path of its file.",
                                         usual_names().front().c_str())
                      : Outcome::failure(Code::library, "libzmq could not be loaded from '%.120s': check the path.",
                                         path.c_str());
        return nullptr;
    }
    Library library{};
    const std::string missing = bind_all(handle, library);
    int major = 0;
    int minor = 0;
    int patch = 0;
    if (library.version != nullptr) library.version(&major, &minor, &patch);
    if (!missing.empty() || major != 4 || minor < 2) {
        outcome =
            missing.empty()
                ? Outcome::failure(Code::library, "libzmq is version %d.%d; 4.2 or newer is needed.", major, minor)
                : Outcome::failure(Code::library, "libzmq lacks '%s': it is too old or another library.",
                                   missing.c_str());
        close_library(handle);
        return nullptr;
    }
    all_loaded.push_back({path, library});
    return &all_loaded.back().library;
}

}  // namespace echo::zmq
