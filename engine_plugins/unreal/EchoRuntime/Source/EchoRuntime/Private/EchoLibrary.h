// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"

/// Where libzmq lies.
namespace EchoLibrary
{
	/// The file named in the settings, else the one in the plugin's Binaries/ThirdParty/libzmq, else "" (the system's).
	FString FindZmq();

	/// Loads it the engine's way, which finds the libraries beside it that it needs; the core then gets the same one.
	void Preload(const FString& Path);
}
