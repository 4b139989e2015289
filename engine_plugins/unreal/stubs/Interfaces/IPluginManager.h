// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Projects/IPlugin
class IPlugin {
public:
    virtual FString GetBaseDir() const;
};

// page: API/Runtime/Projects/IPluginManager
class IPluginManager {
public:
    static IPluginManager& Get();
    virtual TSharedPtr<IPlugin> FindPlugin(const FString&);
};
