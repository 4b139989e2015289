// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string>

#include "EchoCore/Api.h"
#include "EchoCore/Outcome.h"

namespace echo {

/// A pair of CURVE keys as Z85 text.
struct KeyPair {
    std::string public_key;
    std::string secret_key;
};

/// Reads a key file as `echo-runtime keys new` writes it (bridge/PROTOCOL.md, "Security"): lines of a word, one space
/// and a key. Fails for a file that cannot be read or holds no secret key of 40 characters; a missing public key stays
/// empty, and is derived when the connection is opened.
ECHOCORE_API Outcome read_key_file(const std::string& path, KeyPair& keys);

}  // namespace echo
