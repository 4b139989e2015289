// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Components/PrimitiveComponent.h"

class USkeletalMesh;

// page: API/Runtime/Engine/USkeletalMeshComponent
class USkeletalMeshComponent : public UPrimitiveComponent {
public:
    USkeletalMesh* GetSkeletalMeshAsset() const;
    void SetMorphTarget(FName, float, bool bRemoveZeroWeight = true);
    void ClearMorphTargets();
    void TickAnimation(float, bool bNeedsValidRootMotion);
    virtual void RefreshBoneTransforms(FActorComponentTickFunction* = nullptr);
    void MarkRenderDynamicDataDirty();
};
