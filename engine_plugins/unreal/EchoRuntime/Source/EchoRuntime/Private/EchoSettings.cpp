// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoSettings.h"

UEchoSettings::UEchoSettings() = default;

FName UEchoSettings::GetCategoryName() const
{
	return FName(TEXT("Plugins"));
}
