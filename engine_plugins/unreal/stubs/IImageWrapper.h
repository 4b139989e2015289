// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/ImageWrapper/EImageFormat
enum class EImageFormat : int8 { Invalid = -1, JPEG = 1 };

// page: API/Runtime/ImageWrapper/ERGBFormat
enum class ERGBFormat : int8 { Invalid = -1, RGBA = 0, BGRA = 1 };

// page: API/Runtime/ImageWrapper/IImageWrapper
class IImageWrapper {
public:
    // page: API/Runtime/ImageWrapper/IImageWrapper/SetCompressed
    virtual bool SetCompressed(const void* InCompressedData, int64 InCompressedSize) = 0;
    // page: API/Runtime/ImageWrapper/IImageWrapper/GetRaw
    virtual bool GetRaw(const ERGBFormat InFormat, int32 InBitDepth, TArray64<uint8>& OutRawData) = 0;
    // page: API/Runtime/ImageWrapper/IImageWrapper/GetWidth
    virtual int64 GetWidth() const = 0;
    // page: API/Runtime/ImageWrapper/IImageWrapper/GetHeight
    virtual int64 GetHeight() const = 0;
};
