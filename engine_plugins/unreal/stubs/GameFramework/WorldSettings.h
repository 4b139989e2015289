// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "GameFramework/Actor.h"

// page: API/Runtime/Engine/AWorldSettings
class AWorldSettings : public AActor {
public:
    float GetEffectiveTimeDilation() const;
};
