// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <vector>

#include "CoreMinimal.h"

class USoundWave;

/// Sounds of the engine as speech.
namespace EchoSound
{
	/// The wave as mono PCM16 at 16 kHz. False, and why, where its samples are not there: imported samples exist in the
	/// editor only.
	bool Read(USoundWave* Wave, std::vector<int16_t>& Samples, FString& Why);
}
