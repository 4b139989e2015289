// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCurveMapping.h"

#include "EchoCore/Game/ArkitNames.h"

#if WITH_EDITOR
void UEchoCurveMapping::FillWithArkit()
{
	Modify();
	Rules.Reset();
	for (const char* Name : echo::arkit_names)
	{
		FEchoCurveRule& Rule = Rules.AddDefaulted_GetRef();
		Rule.Source = FName(UTF8_TO_TCHAR(Name));
		Rule.Target = Rule.Source;
	}
}
#endif
