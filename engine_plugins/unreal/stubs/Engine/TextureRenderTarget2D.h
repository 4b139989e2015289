// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Engine/Texture2D.h"

class FTextureRenderTargetResource;

// page: API/Runtime/Engine/ETextureRenderTargetFormat
enum ETextureRenderTargetFormat : int { RTF_RGBA8_SRGB };

// page: API/Runtime/Engine/UTextureRenderTarget2D
class UTextureRenderTarget2D : public UTexture {
public:
    FTextureRenderTargetResource* GameThread_GetRenderTargetResource();
};
