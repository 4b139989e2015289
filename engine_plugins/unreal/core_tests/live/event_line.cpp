#include "event_line.h"

#include <cstdio>

namespace live {

EventLine::EventLine(const char* event) {
    text("event", event);
}

EventLine::~EventLine() {
    line_ += "}\n";
    std::fwrite(line_.data(), 1, line_.size(), stdout);
    std::fflush(stdout);
}

void EventLine::key(const char* name) {
    if (line_.size() > 1) line_ += ", ";
    quote(name);
    line_ += ": ";
}

void EventLine::quote(const std::string& value) {
    line_ += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            line_ += '\\';
            line_ += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            line_ += escape;
        } else {
            line_ += c;
        }
    }
    line_ += '"';
}

EventLine& EventLine::text(const char* name, const std::string& value) {
    key(name);
    quote(value);
    return *this;
}

EventLine& EventLine::whole(const char* name, long long value) {
    key(name);
    line_ += std::to_string(value);
    return *this;
}

EventLine& EventLine::natural(const char* name, unsigned long long value) {
    key(name);
    line_ += std::to_string(value);
    return *this;
}

EventLine& EventLine::real(const char* name, double value) {
    key(name);
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.3f", value);
    line_ += digits;
    return *this;
}

EventLine& EventLine::flag(const char* name, bool value) {
    key(name);
    line_ += value ? "true" : "false";
    return *this;
}

EventLine& EventLine::null(const char* name) {
    key(name);
    line_ += "null";
    return *this;
}

}  // namespace live
