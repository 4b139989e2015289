// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string>

#include "CoreMinimal.h"
#include "EchoCore/Name.h"

/// Between the engine's texts and the core's UTF-8.
namespace EchoText
{
	inline std::string ToUtf8(const FString& Text)
	{
		return std::string(TCHAR_TO_UTF8(*Text));
	}

	inline echo::Name ToName(const FString& Text)
	{
		return echo::Name(ToUtf8(Text));
	}

	inline FString FromUtf8(const std::string& Text)
	{
		return FString(UTF8_TO_TCHAR(Text.c_str()));
	}

	inline FString FromUtf8(std::string_view Text)
	{
		return FromUtf8(std::string(Text));
	}
}
