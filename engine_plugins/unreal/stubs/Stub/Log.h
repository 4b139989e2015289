// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Stub/Text.h"

// header: Runtime/Core/Public/Logging/LogMacros.h
struct StubLogCategory {};
template <class Format, class... Args>
void StubLog(const StubLogCategory&, const Format&, Args...) {
    static_assert((std::is_trivially_copyable_v<Args> && ...), "pass *String, not String");
}
#define DECLARE_LOG_CATEGORY_EXTERN(Name, Default, Compiled) extern StubLogCategory Name
#define DEFINE_LOG_CATEGORY(Name) StubLogCategory Name
#define UE_LOG(Category, Verbosity, Format, ...) StubLog(Category, Format, ##__VA_ARGS__)
