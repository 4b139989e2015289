// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Sound/SoundWave.h"

// page: API/Runtime/Engine/FOnSoundWaveProceduralUnderflow
using FOnSoundWaveProceduralUnderflow = TDelegate<void(class USoundWaveProcedural*, int32)>;

// page: API/Runtime/Engine/USoundWaveProcedural
class USoundWaveProcedural : public USoundWave {
public:
    FOnSoundWaveProceduralUnderflow OnSoundWaveProceduralUnderflow;
    void QueueAudio(const uint8* AudioData, const int32 BufferSize);
};
