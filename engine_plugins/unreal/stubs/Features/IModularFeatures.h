// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/IModularFeatures
class IModularFeatures {
public:
    static IModularFeatures& Get();
    virtual bool IsModularFeatureAvailable(const FName);
    template <class T>
    T& GetModularFeature(const FName);
};
