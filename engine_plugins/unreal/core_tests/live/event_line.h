#pragma once

#include <string>

namespace live {

/// One JSON object on one line of stdout, written and flushed at its end.
class EventLine {
public:
    explicit EventLine(const char* event);
    ~EventLine();
    EventLine(const EventLine&) = delete;
    EventLine& operator=(const EventLine&) = delete;

    EventLine& text(const char* key, const std::string& value);
    EventLine& whole(const char* key, long long value);
    EventLine& natural(const char* key, unsigned long long value);
    EventLine& real(const char* key, double value);
    EventLine& flag(const char* key, bool value);
    EventLine& null(const char* key);

private:
    void key(const char* name);
    void quote(const std::string& value);

    std::string line_ = "{";
};

}  // namespace live
