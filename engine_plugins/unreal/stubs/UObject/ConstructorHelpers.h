// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// header: Runtime/CoreUObject/Public/UObject/ConstructorHelpers.h
struct ConstructorHelpers {
    template <class T>
    struct FObjectFinder {
        FObjectFinder(const TCHAR*);
        T* Object;
        bool Succeeded() const;
    };
};
