// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Keys.h"

#include <cstdio>

namespace echo {

Outcome read_key_file(const std::string& path, KeyPair& keys) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        return Outcome::failure(Code::setting, "The key file '%.120s' cannot be read: check its path.", path.c_str());
    }
    char text[4096];
    const size_t size = std::fread(text, 1, sizeof text, file);
    std::fclose(file);
    const std::string all(text, size);
    for (size_t at = 0; at < all.size();) {
        const size_t end = std::min(all.find('\n', at), all.size());
        std::string line = all.substr(at, end - at);
        at = end + 1;
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.rfind("public ", 0) == 0) keys.public_key = line.substr(7);
        if (line.rfind("secret ", 0) == 0) keys.secret_key = line.substr(7);
    }
    if (keys.secret_key.size() != 40) {
        return Outcome::failure(
            Code::setting,
            "The key file '%.120s' holds no secret key of 40 characters: make one with 'echo-runtime "
            "keys new'.",
            path.c_str());
    }
    return {};
}

}  // namespace echo
