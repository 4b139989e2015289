// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

namespace Audio {

// page: API/Runtime/AudioCaptureCore/FAudioCaptureDeviceParams
struct FAudioCaptureDeviceParams {};

// header: Runtime/AudioCaptureCore/Public/AudioCaptureDeviceInterface.h
using FOnAudioCaptureFunction = TFunction<void(const void* InAudio, int32 NumFrames, int32 NumChannels,
                                               int32 SampleRate, double StreamTime, bool bOverFlow)>;

// page: API/Runtime/AudioCaptureCore/FAudioCapture
class FAudioCapture {
public:
    bool OpenAudioCaptureStream(const FAudioCaptureDeviceParams&, FOnAudioCaptureFunction, uint32 NumFramesDesired);
    bool StartStream();
    bool StopStream();
    bool CloseStream();
};

}  // namespace Audio
