#include "json.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace json {

namespace {

class Parser {
public:
    explicit Parser(std::string text) : text_(std::move(text)) {}

    Value whole_file() {
        Value value = read();
        blank();
        if (at_ != text_.size()) stop("text after the end");
        return value;
    }

private:
    [[noreturn]] void stop(const char* why) {
        std::fprintf(stderr, "JSON: %s at character %zu\n", why, at_);
        std::abort();
    }

    void blank() {
        while (at_ < text_.size() && std::string(" \t\r\n").find(text_[at_]) != std::string::npos) ++at_;
    }

    char next() {
        blank();
        if (at_ == text_.size()) stop("end of file");
        return text_[at_];
    }

    void expect(char c) {
        if (next() != c) stop("unexpected character");
        ++at_;
    }

    bool word(const char* expected) {
        const std::string wanted(expected);
        if (text_.compare(at_, wanted.size(), wanted) != 0) return false;
        at_ += wanted.size();
        return true;
    }

    Value read() {
        Value value;
        const char c = next();
        if (c == '{') {
            value.kind = Value::Kind::map;
            ++at_;
            while (next() != '}') {
                if (!value.map.empty()) expect(',');
                next();
                std::string key = text();
                expect(':');
                value.map.emplace_back(std::move(key), read());
            }
            ++at_;
        } else if (c == '[') {
            value.kind = Value::Kind::list;
            ++at_;
            while (next() != ']') {
                if (!value.list.empty()) expect(',');
                value.list.push_back(read());
            }
            ++at_;
        } else if (c == '"') {
            value.kind = Value::Kind::text;
            value.text = text();
        } else if (word("true") || word("false")) {
            value.kind = Value::Kind::boolean;
            value.boolean = text_[at_ - 2] == 'u';
        } else if (word("null")) {
            value.kind = Value::Kind::null;
        } else {
            value.kind = Value::Kind::number;
            while (at_ < text_.size() && std::string("+-.0123456789eE").find(text_[at_]) != std::string::npos) {
                value.text += text_[at_++];
            }
            if (value.text.empty()) stop("no value");
        }
        return value;
    }

    unsigned hex4() {
        const unsigned code = static_cast<unsigned>(std::stoul(text_.substr(at_, 4), nullptr, 16));
        at_ += 4;
        return code;
    }

    std::string text() {
        if (text_[at_++] != '"') stop("no text");
        std::string out;
        while (at_ < text_.size() && text_[at_] != '"') {
            char c = text_[at_++];
            if (c != '\\') {
                out += c;
                continue;
            }
            c = text_[at_++];
            switch (c) {
                case 'n':
                    out += '\n';
                    break;
                case 't':
                    out += '\t';
                    break;
                case 'r':
                    out += '\r';
                    break;
                case 'b':
                    out += '\b';
                    break;
                case 'f':
                    out += '\f';
                    break;
                case 'u': {
                    unsigned code = hex4();
                    if (code >= 0xd800 && code < 0xdc00 && word("\\u"))
                        code = 0x10000 + ((code & 0x3ff) << 10) + (hex4() & 0x3ff);
                    put_utf8(out, code);
                    break;
                }
                default:
                    out += c;
            }
        }
        ++at_;
        return out;
    }

    static void put_utf8(std::string& out, unsigned code) {
        const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xc0 | code >> 6);
            put(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            put(0xe0 | code >> 12);
            put(0x80 | (code >> 6 & 0x3f));
            put(0x80 | (code & 0x3f));
        } else {
            put(0xf0 | code >> 18);
            put(0x80 | (code >> 12 & 0x3f));
            put(0x80 | (code >> 6 & 0x3f));
            put(0x80 | (code & 0x3f));
        }
    }

    std::string text_;
    size_t at_ = 0;
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

Value read_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        std::fprintf(stderr, "Cannot read %s\n", path.c_str());
        std::abort();
    }
    std::stringstream text;
    text << file.rdbuf();
    return Parser(text.str()).whole_file();
}

std::vector<uint8_t> from_hex(const std::string& hex) {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

}  // namespace json
