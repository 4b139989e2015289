// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Engine/ESoundGroup
enum ESoundGroup : int { SOUNDGROUP_Default, SOUNDGROUP_Voice };
#define INDEFINITELY_LOOPING_DURATION 10000.0f

// page: API/Runtime/Engine/USoundBase
class USoundBase : public UObject {
public:
    float Duration;
};

// page: API/Runtime/Engine/USoundWave
class USoundWave : public USoundBase {
public:
    uint8 bLooping : 1;
    int32 NumChannels;
    ESoundGroup SoundGroup;
    void SetSampleRate(uint32 InSampleRate, bool bFromSeek = false);
#if WITH_EDITOR
    bool GetImportedSoundWaveData(TArray<uint8>& OutRawPCMData, uint32& OutSampleRate, uint16& OutNumChannels) const;
#endif
};
