// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Engine/TextureRenderTarget2D.h"

// page: API/Runtime/Engine/UKismetRenderingLibrary
class UKismetRenderingLibrary {
public:
    static UTextureRenderTarget2D* CreateRenderTarget2D(UObject* WorldContextObject, int32 Width, int32 Height,
                                                        ETextureRenderTargetFormat Format);
};
