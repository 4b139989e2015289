// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/IModuleInterface
class IModuleInterface {
public:
    virtual ~IModuleInterface() = default;
    virtual void StartupModule() {}
    virtual void ShutdownModule() {}
};
// page: API/Runtime/Core/FDefaultModuleImpl
class FDefaultModuleImpl : public IModuleInterface {};
// page: API/Runtime/Core/FModuleManager
class FModuleManager {
public:
    template <class T>
    static T& LoadModuleChecked(const FName InModuleName);
};
#define IMPLEMENT_MODULE(Class, Name)     \
    IModuleInterface* StubStart##Name() { \
        return new Class;                 \
    }
