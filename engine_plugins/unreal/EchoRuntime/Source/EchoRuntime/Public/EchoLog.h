// Copyright Echo Runtime contributors. MIT License.

#pragma once

#include "CoreMinimal.h"

/// Everything that the plugin has to say; `log LogEcho Verbose` on the console says more.
ECHORUNTIME_API DECLARE_LOG_CATEGORY_EXTERN(LogEcho, Log, All);
