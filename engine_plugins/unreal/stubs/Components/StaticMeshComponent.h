// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Components/PrimitiveComponent.h"

class UStaticMesh;

// page: API/Runtime/Engine/UStaticMeshComponent
class UStaticMeshComponent : public UPrimitiveComponent {
public:
    virtual bool SetStaticMesh(UStaticMesh*);
    TObjectPtr<UStaticMesh> GetStaticMesh() const;
};
