// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "GameFramework/Actor.h"

class APlayerController;
class AWorldSettings;
class UGameInstance;

// page: API/Runtime/Engine/UWorld
class UWorld final : public UObject {
public:
    UGameInstance* GetGameInstance() const;
    AWorldSettings* GetWorldSettings(bool bCheckStreamingPersistent = false, bool bChecked = true) const;
    bool IsPaused() const;
    APlayerController* GetFirstPlayerController() const;
    template <class T>
    T* SpawnActor(const FVector&, const FRotator&);
};
