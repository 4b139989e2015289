// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <cstdint>

#include "EchoCore/Api.h"

/// Lets the compiler compare a format with what is given for it.
#if defined(__MINGW32__)
#define ECHO_FORMATS(at, from) __attribute__((format(gnu_printf, at, from)))
#elif defined(__GNUC__)
#define ECHO_FORMATS(at, from) __attribute__((format(printf, at, from)))
#else
#define ECHO_FORMATS(at, from)
#endif

namespace echo {

/// Why something was not done. The numbers are stable within a major version of the core.
enum class Code : uint8_t {
    ok = 0,
    /// Bytes that are no valid message, or a value that may not be sent.
    malformed = 1,
    /// A valid header of a type that this version does not know: to be skipped.
    unknown_type = 2,
    /// libzmq could not be loaded, or is too old.
    library = 3,
    /// An address, a name or a key that cannot be used.
    setting = 4,
    /// The runtime is not there.
    not_connected = 5,
    /// Too much waits already.
    full = 6,
};

/// Success, or a code with one sentence that says what happened, with which value, and what to do. A plain value:
/// nothing is allocated or thrown.
class [[nodiscard]] Outcome {
public:
    Outcome() = default;

    /// A failure; the sentence is formatted as by printf and cut at its limit.
    ECHOCORE_API static Outcome failure(Code code, const char* format, ...) ECHO_FORMATS(2, 3);

    bool ok() const { return code_ == Code::ok; }
    explicit operator bool() const { return ok(); }
    Code code() const { return code_; }
    /// UTF-8, "" for a success.
    const char* sentence() const { return sentence_; }

private:
    Code code_ = Code::ok;
    char sentence_[240] = {};
};

}  // namespace echo
