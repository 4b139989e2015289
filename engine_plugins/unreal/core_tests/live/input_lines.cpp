#include "input_lines.h"

#include <thread>

#if defined(_WIN32)
#include <io.h>
#else
#include <unistd.h>
#endif

namespace live {

InputLines::InputLines() : shared_(std::make_shared<Shared>()) {
    // read() and not stdio: a thread that waits inside stdio would hold its lock when the program ends
    std::thread([shared = shared_] {
        std::string partial;
        char buffer[4096];
        for (;;) {
            const auto size = ::read(0, buffer, sizeof buffer);
            if (size <= 0) break;
            for (int i = 0; i < static_cast<int>(size); ++i) {
                if (buffer[i] != '\n') {
                    if (buffer[i] != '\r') partial += buffer[i];
                    continue;
                }
                const std::lock_guard<std::mutex> lock(shared->mutex);
                shared->lines.push_back(std::move(partial));
                partial.clear();
            }
        }
        const std::lock_guard<std::mutex> lock(shared->mutex);
        if (!partial.empty()) shared->lines.push_back(std::move(partial));
        shared->ended = true;
    }).detach();
}

bool InputLines::next(std::string& line) {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    if (shared_->lines.empty()) return false;
    line = std::move(shared_->lines.front());
    shared_->lines.pop_front();
    return true;
}

bool InputLines::ended() const {
    const std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->ended && shared_->lines.empty();
}

}  // namespace live
