// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoLog.h"
#include "EchoRuntimeProcess.h"
#include "Modules/ModuleManager.h"

DEFINE_LOG_CATEGORY(LogEcho);

/// Ends the runtime's process with the engine.
class FEchoRuntimeModule : public IModuleInterface
{
public:
	virtual void ShutdownModule() override { FEchoRuntimeProcess::Get().Shutdown(); }
};

IMPLEMENT_MODULE(FEchoRuntimeModule, EchoRuntime)
