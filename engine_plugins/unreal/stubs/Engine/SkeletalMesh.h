// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

class UMorphTarget;

// page: API/Runtime/Engine/USkeletalMesh
class USkeletalMesh : public UObject {
public:
    virtual const TArray<TObjectPtr<UMorphTarget>>& GetMorphTargets() const;
};
