// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Engine/FImageUtils/PNGCompressImageArray
class FImageUtils {
public:
    static void PNGCompressImageArray(int32 ImageWidth, int32 ImageHeight, const TArrayView64<const FColor>& SrcData,
                                      TArray64<uint8>& DstData);
};
