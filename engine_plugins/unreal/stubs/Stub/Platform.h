// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include <cstdint>

// header: Runtime/Core/Public/GenericPlatform/GenericPlatform.h
using uint8 = std::uint8_t;
using uint16 = std::uint16_t;
using uint32 = std::uint32_t;
using uint64 = std::uint64_t;
using int8 = std::int8_t;
using int16 = std::int16_t;
using int32 = std::int32_t;
// long long, as the engine has it on every platform: not the same type as int64_t of Linux
using int64 = long long;
using TCHAR = char16_t;
#define TEXT(x) u##x

// header: Runtime/Core/Public/HAL/Platform.h
#ifndef PLATFORM_WINDOWS
#define PLATFORM_WINDOWS 0
#endif
#ifndef PLATFORM_MAC
#define PLATFORM_MAC 0
#endif
#ifndef WITH_EDITOR
#define WITH_EDITOR 1
#endif
#define WITH_EDITORONLY_DATA WITH_EDITOR
#define WITH_DEV_AUTOMATION_TESTS 1

// header: Runtime/Core/Public/Templates/UnrealTemplate.h
template <class T>
std::remove_reference_t<T>&& MoveTemp(T&& Value) {
    return static_cast<std::remove_reference_t<T>&&>(Value);
}
