// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Editor/UnrealEd/FLevelEditorViewportClient
class FLevelEditorViewportClient {
public:
    FRotator GetViewRotation() const;
    FVector GetViewLocation() const;
};
extern FLevelEditorViewportClient* GCurrentLevelEditingViewportClient;
