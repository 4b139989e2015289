#include "json.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace json {

namespace {

/// Arrays and maps inside each other.
constexpr int most_depth = 64;

class Parser {
public:
    explicit Parser(const std::string& text) : text_(text) {}

    bool whole(Value& value) {
        if (!read(value, 0)) return false;
        blank();
        return at_ == text_.size() || stop("text after the end");
    }

    std::string why() const { return std::string(why_) + " at character " + std::to_string(at_); }

private:
    bool stop(const char* why) {
        why_ = why;
        return false;
    }

    void blank() {
        while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr) ++at_;
    }

    /// The next character that is no blank; 0 at the end.
    char next() {
        blank();
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    bool expect(char c) {
        if (next() != c) return stop("unexpected character");
        ++at_;
        return true;
    }

    bool word(const char* expected) {
        const size_t size = std::strlen(expected);
        if (text_.compare(at_, size, expected) != 0) return false;
        at_ += size;
        return true;
    }

    bool read(Value& value, int depth) {
        const char c = next();
        if (c == '{' || c == '[') return depth < most_depth ? read_entries(value, c == '{', depth) : stop("too deep");
        if (c == '"') {
            value.kind = Value::Kind::text;
            return read_text(value.text);
        }
        if (word("null")) return true;
        if (word("true") || word("false")) {
            value.kind = Value::Kind::boolean;
            value.boolean = text_[at_ - 2] == 'u';
            return true;
        }
        value.kind = Value::Kind::number;
        while (at_ < text_.size() && std::strchr("+-.0123456789eE", text_[at_]) != nullptr) value.text += text_[at_++];
        return !value.text.empty() || stop("no value");
    }

    bool read_entries(Value& value, bool map, int depth) {
        value.kind = map ? Value::Kind::map : Value::Kind::list;
        const char end = map ? '}' : ']';
        ++at_;
        for (bool first = true; next() != end; first = false) {
            if (!first && !expect(',')) return false;
            std::string key;
            if (map && (next() != '"' || !read_text(key) || !expect(':'))) return stop("a key was expected");
            Value item;
            if (!read(item, depth + 1)) return false;
            if (map) {
                value.map.emplace_back(std::move(key), std::move(item));
            } else {
                value.list.push_back(std::move(item));
            }
        }
        ++at_;
        return true;
    }

    bool read_text(std::string& out) {
        for (++at_; at_ < text_.size() && text_[at_] != '"';) {
            const char c = text_[at_++];
            if (c != '\\') {
                out += c;
            } else if (!read_escape(out)) {
                return false;
            }
        }
        return expect('"');
    }

    bool read_escape(std::string& out) {
        const char c = at_ < text_.size() ? text_[at_++] : '\0';
        unsigned code = 0;
        switch (c) {
            case 'n':
                out += '\n';
                return true;
            case 't':
                out += '\t';
                return true;
            case 'r':
                out += '\r';
                return true;
            case 'b':
                out += '\b';
                return true;
            case 'f':
                out += '\f';
                return true;
            case '"':
            case '/':
            case '\\':
                out += c;
                return true;
            case 'u':
                if (!read_hex(code)) return false;
                if (code >= 0xd800 && code < 0xdc00 && word("\\u")) {
                    unsigned low = 0;
                    if (!read_hex(low)) return false;
                    code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
                }
                put_utf8(out, code);
                return true;
            default:
                return stop("an unknown escape");
        }
    }

    bool read_hex(unsigned& code) {
        if (text_.size() - at_ < 4) return stop("an escape is cut short");
        code = static_cast<unsigned>(std::strtoul(text_.substr(at_, 4).c_str(), nullptr, 16));
        at_ += 4;
        return true;
    }

    static void put_utf8(std::string& out, unsigned code) {
        const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
        if (code < 0x80) return put(code);
        if (code < 0x800) {
            put(0xc0 | code >> 6);
        } else {
            if (code < 0x10000) {
                put(0xe0 | code >> 12);
            } else {
                put(0xf0 | code >> 18);
                put(0x80 | (code >> 12 & 0x3f));
            }
            put(0x80 | (code >> 6 & 0x3f));
        }
        put(0x80 | (code & 0x3f));
    }

    const std::string& text_;
    size_t at_ = 0;
    const char* why_ = "";
};

}  // namespace

const Value& Value::operator[](const std::string& key) const {
    static const Value none;
    for (const auto& [name, value] : map) {
        if (name == key) return value;
    }
    return none;
}

bool Value::has(const std::string& key) const {
    for (const auto& entry : map) {
        if (entry.first == key) return true;
    }
    return false;
}

bool read(const std::string& text, Value& value, std::string& why) {
    Parser parser(text);
    if (parser.whole(value)) return true;
    why = parser.why();
    return false;
}

Value read_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    Value value;
    std::string why;
    if (!file || !read(text.str(), value, why)) {
        std::fprintf(stderr, "%s is no JSON: %s\n", path.c_str(), file ? why.c_str() : "it cannot be read");
        std::abort();
    }
    return value;
}

void put(echo::msgpack::Writer& writer, const Value& value) {
    switch (value.kind) {
        case Value::Kind::null:
            writer.nil();
            break;
        case Value::Kind::boolean:
            writer.boolean(value.boolean);
            break;
        case Value::Kind::number:
            if (value.is_real()) {
                writer.real(value.real());
            } else if (value.negative()) {
                writer.whole(value.whole());
            } else {
                writer.natural(value.natural());
            }
            break;
        case Value::Kind::text:
            writer.text(value.text);
            break;
        case Value::Kind::list:
            writer.array(static_cast<uint32_t>(value.list.size()));
            for (const Value& item : value.list) put(writer, item);
            break;
        case Value::Kind::map:
            writer.map(static_cast<uint32_t>(value.map.size()));
            for (const auto& [key, item] : value.map) {
                writer.text(key);
                put(writer, item);
            }
            break;
    }
}

std::vector<uint8_t> from_hex(const std::string& hex) {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<uint8_t>(std::strtoul(hex.substr(i, 2).c_str(), nullptr, 16)));
    }
    return bytes;
}

}  // namespace json
