// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "GameFramework/Actor.h"

// page: API/Runtime/Engine/APlayerCameraManager
class APlayerCameraManager : public AActor {
public:
    virtual FVector GetCameraLocation() const;
};
