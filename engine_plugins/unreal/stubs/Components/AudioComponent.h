// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Components/SceneComponent.h"

class USoundAttenuation;
class USoundBase;

// page: API/Runtime/Engine/UAudioComponent
class UAudioComponent : public USceneComponent {
public:
    uint8 bAutoActivate : 1;
    uint8 bAllowSpatialization : 1;
    TObjectPtr<USoundAttenuation> AttenuationSettings;
    void SetSound(USoundBase*);
    virtual void Play(float StartTime = 0.0f);
    virtual void Stop();
    virtual bool IsPlaying() const;
    void SetVolumeMultiplier(float);
};
