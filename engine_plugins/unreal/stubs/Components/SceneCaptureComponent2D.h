// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Components/SceneComponent.h"

class UTextureRenderTarget2D;

// page: API/Runtime/Engine/ESceneCaptureSource
enum ESceneCaptureSource : int { SCS_FinalColorLDR };

// page: API/Runtime/Engine/USceneCaptureComponent2D
class USceneCaptureComponent2D : public USceneComponent {
public:
    uint8 bCaptureEveryFrame : 1;
    uint8 bCaptureOnMovement : 1;
    ESceneCaptureSource CaptureSource;
    float FOVAngle;
    TObjectPtr<UTextureRenderTarget2D> TextureTarget;
    void CaptureScene();
};
