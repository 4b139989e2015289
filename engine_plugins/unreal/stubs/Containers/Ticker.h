// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/FTickerDelegate
using FTickerDelegate = TDelegate<bool(float)>;

// page: API/Runtime/Core/FTSTicker
class FTSTicker {
public:
    using FDelegateHandle = ::FDelegateHandle;
    static FTSTicker& GetCoreTicker();
    FDelegateHandle AddTicker(const FTickerDelegate&, float Delay = 0.0f);
    static void RemoveTicker(FDelegateHandle);
};
