// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/FFileHelper
struct FFileHelper {
    enum class EEncodingOptions { AutoDetect, ForceUTF8WithoutBOM };
    static bool SaveArrayToFile(const TArray64<uint8>&, const TCHAR*);
    static bool SaveStringToFile(const FString&, const TCHAR*, EEncodingOptions);
};
