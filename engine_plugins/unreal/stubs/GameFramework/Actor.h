// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Components/SceneComponent.h"

// page: API/Runtime/Engine/AActor
class AActor : public UObject {
public:
    FActorTickFunction PrimaryActorTick;
    TObjectPtr<USceneComponent> RootComponent;
    uint8 bIsEditorOnlyActor : 1;
    template <class T>
    T* CreateDefaultSubobject(const TCHAR*);
    template <class T>
    T* FindComponentByClass() const;
    FVector GetActorLocation() const;
    FQuat GetActorQuat() const;
    // page: API/Runtime/Engine/APlayerController/GetActorEyesViewPoint
    virtual void GetActorEyesViewPoint(FVector& OutLocation, FRotator& OutRotation) const;
    bool SetActorRotation(FRotator);
    virtual void BeginPlay();
    virtual void Tick(float);
};
