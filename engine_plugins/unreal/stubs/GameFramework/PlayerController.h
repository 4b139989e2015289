// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "GameFramework/Actor.h"

class APlayerCameraManager;

// page: API/Runtime/Engine/APlayerController
class APlayerController : public AActor {
public:
    TObjectPtr<APlayerCameraManager> PlayerCameraManager;
    virtual void GetPlayerViewPoint(FVector& Location, FRotator& Rotation) const;
};
