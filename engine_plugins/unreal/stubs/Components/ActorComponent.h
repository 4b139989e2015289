// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Engine/EngineTypes.h"

class AActor;

// page: API/Runtime/Engine/UActorComponent
class UActorComponent : public UObject {
public:
    FActorComponentTickFunction PrimaryComponentTick;
    AActor* GetOwner() const;
    FString GetReadableName() const;
    void RegisterComponent();
    virtual void DestroyComponent(bool bPromoteChildren = false);
    virtual void BeginPlay();
    virtual void EndPlay(const EEndPlayReason::Type);
    virtual void TickComponent(float, ELevelTick, FActorComponentTickFunction*);
};
