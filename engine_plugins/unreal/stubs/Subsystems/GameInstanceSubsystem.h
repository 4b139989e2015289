// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

class UGameInstance;

// page: API/Runtime/Engine/FSubsystemCollectionBase
class FSubsystemCollectionBase {};

// page: API/Runtime/Engine/UGameInstanceSubsystem
class UGameInstanceSubsystem : public UObject {
public:
    virtual void Initialize(FSubsystemCollectionBase&);
    virtual void Deinitialize();
    UGameInstance* GetGameInstance() const;
};
