// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"
#include "EchoCore/Bytes.h"

/// Pictures that were compressed for the way across a network (`jpeg` of bridge/PROTOCOL.md), through the engine's own
/// decoder. Game thread.
namespace EchoJpeg
{
	/// Fills `Pixels` with Width x Height x 4 bytes, blue first, opaque. False if the file is damaged or of another size.
	bool Decode(const echo::Bytes& File, uint32 Width, uint32 Height, TArray64<uint8>& Pixels);
}
