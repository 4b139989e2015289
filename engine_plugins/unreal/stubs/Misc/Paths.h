// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/FPaths
class FPaths {
public:
    static bool IsRelative(const FString&);
    static FString ConvertRelativePathToFull(const FString&);
    static FString ConvertRelativePathToFull(const FString& BasePath, const FString& InPath);
    static FString ProjectDir();
    static FString ProjectSavedDir();
    template <class... Parts>
    static FString Combine(const Parts&...);
};
