// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/RHI/FUpdateTextureRegion2D
struct FUpdateTextureRegion2D {
    FUpdateTextureRegion2D();
    FUpdateTextureRegion2D(uint32 DestX, uint32 DestY, int32 SrcX, int32 SrcY, uint32 Width, uint32 Height);
};
