// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"

/// Everything that the plugin has to say; `log LogEcho Verbose` on the console says more.
ECHORUNTIME_API DECLARE_LOG_CATEGORY_EXTERN(LogEcho, Log, All);
