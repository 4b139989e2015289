// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Engine/FTextureRenderTargetResource
class FTextureRenderTargetResource {
public:
    // page: API/Runtime/Engine/FRenderTarget/ReadPixels
    virtual bool ReadPixels(TArray<FColor>& OutImageData);
};
