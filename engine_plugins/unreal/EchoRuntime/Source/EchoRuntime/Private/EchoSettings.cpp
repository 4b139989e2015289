// Copyright Echo Runtime contributors. MIT License.

#include "EchoSettings.h"

UEchoSettings::UEchoSettings() = default;

FName UEchoSettings::GetCategoryName() const
{
	return FName(TEXT("Plugins"));
}
