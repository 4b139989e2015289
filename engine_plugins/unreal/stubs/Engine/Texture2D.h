// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "RHITypes.h"

// header: Runtime/Core/Public/PixelFormat.h
enum EPixelFormat : uint8 { PF_B8G8R8A8, PF_R8G8B8A8 };
// page: API/Runtime/Engine/TextureFilter
enum TextureFilter : int { TF_Nearest, TF_Bilinear };
// page: API/Runtime/Engine/TextureAddress
enum TextureAddress : int { TA_Wrap, TA_Clamp };

class FTextureResource;

// page: API/Runtime/Engine/UTexture
class UTexture : public UObject {
public:
    uint8 SRGB : 1;
    uint8 NeverStream : 1;
    TextureFilter Filter;
    virtual void UpdateResource();
    FTextureResource* GetResource();
};

// page: API/Runtime/Engine/UTexture2D
class UTexture2D : public UTexture {
public:
    TextureAddress AddressX;
    TextureAddress AddressY;
    static UTexture2D* CreateTransient(int32 InSizeX, int32 InSizeY, EPixelFormat InFormat = PF_B8G8R8A8);
    void UpdateTextureRegions(int32 MipIndex, uint32 NumRegions, const FUpdateTextureRegion2D* Regions, uint32 SrcPitch,
                              uint32 SrcBpp, uint8* SrcData,
                              TFunction<void(uint8* SrcData, const FUpdateTextureRegion2D* Regions)> DataCleanupFunc);
};
