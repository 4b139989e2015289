// Copyright Echo Runtime contributors. MIT License.

#include "Modules/ModuleManager.h"

// The only line of the core that knows the engine: modules need an entry point.
IMPLEMENT_MODULE(FDefaultModuleImpl, EchoCore)
