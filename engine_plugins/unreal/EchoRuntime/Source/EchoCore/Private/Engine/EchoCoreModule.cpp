// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "Modules/ModuleManager.h"

// The only line of the core that knows the engine: modules need an entry point.
IMPLEMENT_MODULE(FDefaultModuleImpl, EchoCore)
