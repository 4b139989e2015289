// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Materials/MaterialInterface.h"

class UTexture;

// page: API/Runtime/Engine/UMaterialInstanceDynamic
class UMaterialInstanceDynamic : public UMaterialInterface {
public:
    void SetTextureParameterValue(FName, UTexture*);
    void SetVectorParameterValue(FName, FLinearColor);
};
