// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoSound.h"

#include "EchoCore/Game/Resampler.h"
#include "EchoLog.h"
#include "EchoSpeechLine.h"
#include "Sound/SoundWave.h"

bool EchoSound::Read(USoundWave* Wave, std::vector<int16_t>& Samples, FString& Why)
{
	if (Wave == nullptr)
	{
		Why = TEXT("No sound was given to be spoken.");
		return false;
	}
#if WITH_EDITOR
	TArray<uint8> Pcm;
	uint32 Rate = 0;
	uint16 Channels = 0;
	if (Wave->GetImportedSoundWaveData(Pcm, Rate, Channels) &&
		echo::speech_of(reinterpret_cast<const int16_t*>(Pcm.GetData()), static_cast<size_t>(Pcm.Num()) / 2, Rate,
			Channels, Samples))
	{
		return true;
	}
	Why = FString::Printf(
		TEXT("The sound '%s' has no samples that can be spoken: import it anew from a file of 8 to 192 kHz."),
		*Wave->GetName());
#else
	Why = FString::Printf(
		TEXT("The samples of '%s' are not in a packaged game: make an Echo Speech Line of it, and speak that."),
		*Wave->GetName());
#endif
	return false;
}

#if WITH_EDITOR
void UEchoSpeechLine::Import()
{
	std::vector<int16_t> Read;
	FString Why;
	if (!EchoSound::Read(Source, Read, Why))
	{
		UE_LOG(LogEcho, Error, TEXT("%s"), *Why);
		return;
	}
	Modify();
	Samples = TArray<int16>(Read.data(), static_cast<int32>(Read.size()));
}
#endif
