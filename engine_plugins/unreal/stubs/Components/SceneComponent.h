// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Components/ActorComponent.h"

// page: API/Runtime/Engine/USceneComponent
class USceneComponent : public UActorComponent {
public:
    void SetupAttachment(USceneComponent*, FName Socket = NAME_None);
    void SetRelativeRotation(FRotator);
    void SetRelativeScale3D(FVector);
    void SetWorldLocationAndRotation(FVector, const FQuat&);
    FVector GetComponentLocation() const;
    virtual bool DoesSocketExist(FName) const;
    virtual FVector GetSocketLocation(FName) const;
};
