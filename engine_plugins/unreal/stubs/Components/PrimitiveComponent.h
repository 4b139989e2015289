// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Components/SceneComponent.h"

class UMaterialInterface;
class UMaterialInstanceDynamic;

// page: API/Runtime/Engine/UPrimitiveComponent
class UPrimitiveComponent : public USceneComponent {
public:
    virtual void SetCollisionEnabled(ECollisionEnabled::Type);
    virtual void SetMaterial(int32, UMaterialInterface*);
    virtual UMaterialInterface* GetMaterial(int32) const;
    virtual UMaterialInstanceDynamic* CreateDynamicMaterialInstance(int32);
};
