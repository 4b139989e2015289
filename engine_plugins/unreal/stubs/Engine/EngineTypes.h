// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Engine/EEndPlayReason__Type
namespace EEndPlayReason {
enum Type { Destroyed, LevelTransition, EndPlayInEditor, RemovedFromWorld, Quit };
}
// page: API/Runtime/Engine/ECollisionEnabled__Type
namespace ECollisionEnabled {
enum Type { NoCollision };
}
// page: API/Runtime/Engine/ELevelTick
enum ELevelTick { LEVELTICK_All };

// page: API/Runtime/Engine/FTickFunction
struct FTickFunction {
    bool bCanEverTick;
    bool bTickEvenWhenPaused;
};
// page: API/Runtime/Engine/FActorComponentTickFunction
struct FActorComponentTickFunction : FTickFunction {};
// page: API/Runtime/Engine/FActorTickFunction
struct FActorTickFunction : FTickFunction {};
