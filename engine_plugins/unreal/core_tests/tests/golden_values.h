#pragma once

#include <deque>
#include <string>
#include <vector>

#include "EchoCore/MsgpackWriter.h"
#include "Schema.h"
#include "json.h"

/// Fills a message from the JSON of its meaning, by the same table of fields that the codec uses for bytes.
namespace golden {

/// Owns what the views of a message refer to.
struct Storage {
    std::deque<std::string> texts;
    std::deque<std::vector<uint8_t>> encoded;
};

template <class Whole, std::enable_if_t<std::is_integral_v<Whole>, int> = 0>
void fill(Whole& field, const json::Value& value, Storage&) {
    field = value.negative() ? static_cast<Whole>(value.whole()) : static_cast<Whole>(value.natural());
}
inline void fill(bool& field, const json::Value& value, Storage&) {
    field = value.boolean;
}
inline void fill(double& field, const json::Value& value, Storage&) {
    field = value.real();
}
inline void fill(echo::Name& field, const json::Value& value, Storage&) {
    field = echo::Name(value.text);
}
inline void fill(echo::Version& field, const json::Value& value, Storage&) {
    field.major_number = static_cast<uint16_t>(value.list.at(0).natural());
    field.minor_number = static_cast<uint16_t>(value.list.at(1).natural());
}
inline void fill(std::string_view& field, const json::Value& value, Storage& storage) {
    field = storage.texts.emplace_back(value.text);
}
template <size_t N>
void fill(std::array<double, N>& field, const json::Value& value, Storage&) {
    for (size_t i = 0; i < N; ++i) field[i] = value.list.at(i).real();
}
inline void fill(echo::Bytes& field, const json::Value& value, Storage& storage) {
    std::vector<uint8_t> buffer(8192);
    echo::msgpack::Writer writer(buffer.data(), buffer.size());
    json::put(writer, value);
    buffer.resize(writer.written().size);
    const std::vector<uint8_t>& kept = storage.encoded.emplace_back(std::move(buffer));
    field = {kept.data(), kept.size()};
}

template <class Value>
bool same(const Value& a, const Value& b) {
    return a == b;
}
inline bool same(const echo::Bytes& a, const echo::Bytes& b) {
    return a.text() == b.text();
}

/// Calls `visit(field)` for every field of a message's table.
template <class Message, class Visit>
void each_field(Visit visit) {
    std::apply([&](const auto&... field) { (visit(field), ...); }, echo::Schema<Message>::fields);
}

}  // namespace golden
