// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

struct FWorldContext;

// page: API/Runtime/Engine/UGameInstance
class UGameInstance : public UObject {
public:
    template <class T>
    T* GetSubsystem() const;
    FWorldContext* GetWorldContext() const;
};
