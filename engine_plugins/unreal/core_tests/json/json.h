#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "EchoCore/MsgpackWriter.h"

/// Just enough JSON to read the golden vectors, and commands for the live program. Numbers keep their text: whether one
/// is written with a decimal point decides how it stands on the wire.
namespace json {

struct Value {
    enum class Kind { null, boolean, number, text, list, map };

    Kind kind = Kind::null;
    bool boolean = false;
    /// Of a text its characters, of a number its digits.
    std::string text;
    std::vector<Value> list;
    /// In the order of the file.
    std::vector<std::pair<std::string, Value>> map;

    bool is_real() const { return text.find_first_of(".eE") != std::string::npos; }
    double real() const { return std::strtod(text.c_str(), nullptr); }
    bool negative() const { return text[0] == '-'; }
    int64_t whole() const { return std::strtoll(text.c_str(), nullptr, 10); }
    uint64_t natural() const { return std::strtoull(text.c_str(), nullptr, 10); }
    /// Of a map; a null where there is no such key.
    const Value& operator[](const std::string& key) const;
    bool has(const std::string& key) const;
};

/// Reads one value. False, with `why`, where the text is no JSON.
bool read(const std::string& text, Value& value, std::string& why);

/// Reads a file; ends the process with a message where it is no JSON.
Value read_file(const std::string& path);

/// Writes a value as msgpack, maps in their order.
void put(echo::msgpack::Writer& writer, const Value& value);

std::vector<uint8_t> from_hex(const std::string& hex);

}  // namespace json
