// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/FApp
class FApp {
public:
    static const TCHAR* GetProjectName();
    static bool HasFocus();
};
