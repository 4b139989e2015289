// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Outcome.h"

#include <cstdarg>
#include <cstdio>

namespace echo {

Outcome Outcome::failure(Code code, const char* format, ...) {
    Outcome outcome;
    outcome.code_ = code;
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(outcome.sentence_, sizeof outcome.sentence_, format, arguments);
    va_end(arguments);
    return outcome;
}

}  // namespace echo
