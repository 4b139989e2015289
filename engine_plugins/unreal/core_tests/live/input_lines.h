#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace live {

/// Lines of stdin, read by a thread of their own that is left behind when the program ends.
class InputLines {
public:
    InputLines();

    /// The next line without waiting. False if there is none.
    bool next(std::string& line);
    /// Whether the input has ended and every line of it has been given out.
    bool ended() const;

private:
    struct Shared {
        std::mutex mutex;
        std::deque<std::string> lines;
        bool ended = false;
    };

    std::shared_ptr<Shared> shared_;
};

}  // namespace live
