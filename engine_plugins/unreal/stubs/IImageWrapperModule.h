// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

#include "IImageWrapper.h"
#include "Modules/ModuleManager.h"

// page: API/Runtime/ImageWrapper/IImageWrapperModule
class IImageWrapperModule : public IModuleInterface {
public:
    virtual TSharedPtr<IImageWrapper> CreateImageWrapper(const EImageFormat InFormat,
                                                         const TCHAR* InOptionalDebugImageName = nullptr) = 0;
};
