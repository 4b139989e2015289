// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include <string>

#include "Stub/Containers.h"

// page: API/Runtime/Core/FString
class FString {
public:
    FString() = default;
    FString(const TCHAR*);
    const TCHAR* operator*() const;
    TCHAR& operator[](int32);
    bool IsEmpty() const;
    void Reset();
    FString Left(int32) const;
    FString& AppendChar(TCHAR);
    FString& operator+=(const FString&);
    FString& operator+=(const TCHAR*);
    friend FString operator+(const FString&, const FString&);
    friend FString operator+(const TCHAR*, const FString&);
    friend bool operator==(const FString&, const FString&);
    friend bool operator!=(const FString&, const FString&);
    bool Split(const TCHAR*, FString* Left, FString* Right) const;
    void TrimEndInline();
    int32 ParseIntoArray(TArray<FString>&, const TCHAR*, bool CullEmpty = true) const;
    template <class Format, class... Args>
    static FString Printf(const Format&, Args...) {
        // as the engine: what is passed to a format must be plain data
        static_assert((std::is_trivially_copyable_v<Args> && ...), "pass *String, not String");
        return {};
    }
    static FString SanitizeFloat(double);
    const TCHAR* begin() const;
    const TCHAR* end() const;
};

// header: Runtime/Core/Public/Containers/StringConv.h
struct StubUtf8 {
    operator const char*() const;
};
struct StubWide {
    operator const TCHAR*() const;
};
StubUtf8 StubToUtf8(const TCHAR*);
StubWide StubToWide(const char*);
#define TCHAR_TO_UTF8(Text) ((const char*)StubToUtf8(Text))
#define UTF8_TO_TCHAR(Text) ((const TCHAR*)StubToWide(Text))

// page: API/Runtime/Core/TChar
struct FChar {
    static TCHAR ToUpper(TCHAR);
};

// page: API/Runtime/Core/FName
class FName {
public:
    FName() = default;
    FName(const TCHAR*);
    FName(const char*);
    FString ToString() const;
    bool IsNone() const;
    friend bool operator==(FName, FName);
};
inline const FName NAME_None;

// page: API/Runtime/Core/FText
class FText {
public:
    static FText FromString(const FString&);
};

// page: API/Runtime/Core/FGuid
struct FGuid {};
