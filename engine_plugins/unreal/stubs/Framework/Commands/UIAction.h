// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Slate/FExecuteAction
using FExecuteAction = TDelegate<void()>;
// page: API/Runtime/Slate/FUIAction
struct FUIAction {
    FUIAction(FExecuteAction);
};
