// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/ClientName.h"

#include <utility>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace echo {

namespace {

enum class Lock : uint8_t { taken, held_by_another, not_possible };

#if defined(_WIN32)
Lock lock_file(const std::string& path, intptr_t& handle) {
    wchar_t wide[1024];
    constexpr int most = static_cast<int>(sizeof wide / sizeof wide[0]);
    if (MultiByteToWideChar(CP_UTF8, 0, path.c_str(), -1, wide, most) == 0) return Lock::not_possible;
    // shared with nobody: that is the lock
    const HANDLE file =
        CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        return GetLastError() == ERROR_SHARING_VIOLATION ? Lock::held_by_another : Lock::not_possible;
    }
    handle = reinterpret_cast<intptr_t>(file);
    return Lock::taken;
}
void unlock(intptr_t handle) {
    CloseHandle(reinterpret_cast<HANDLE>(handle));
}
#else
Lock lock_file(const std::string& path, intptr_t& handle) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return Lock::not_possible;
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
        const Lock why = errno == EWOULDBLOCK ? Lock::held_by_another : Lock::not_possible;
        ::close(file);
        return why;
    }
    handle = file;
    return Lock::taken;
}
void unlock(intptr_t handle) {
    ::close(static_cast<int>(handle));
}
#endif

}  // namespace

std::string ClientName::valid(std::string_view wanted) {
    std::string name;
    for (const char letter : wanted.substr(0, longest)) {
        const bool allowed = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                             (letter >= '0' && letter <= '9') || letter == '_' || letter == '-' || letter == '.';
        name += allowed ? letter : '-';
    }
    return name.empty() ? "game" : name;
}

ClientName::ClientName(std::string_view wanted, const std::string& folder) : text_(valid(wanted)) {
    for (int copy = 1; copy <= most_copies; ++copy) {
        const std::string free = copy == 1 ? text_ : text_ + "-" + std::to_string(copy);
        const Lock lock = lock_file(folder + "/" + free + ".echo-client", lock_);
        if (lock == Lock::held_by_another) continue;
        if (lock == Lock::taken) text_ = free;
        return;
    }
}

ClientName& ClientName::operator=(ClientName&& other) noexcept {
    if (this != &other) {
        release();
        text_ = std::exchange(other.text_, {});
        lock_ = std::exchange(other.lock_, nothing);
    }
    return *this;
}

void ClientName::release() {
    if (lock_ != nothing) unlock(lock_);
    lock_ = nothing;
    text_.clear();
}

}  // namespace echo
