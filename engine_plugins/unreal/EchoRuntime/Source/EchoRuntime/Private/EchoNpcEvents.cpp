// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/MapView.h"
#include "EchoLog.h"
#include "EchoNpcComponent.h"
#include "EchoText.h"

void UEchoNpcComponent::ReadEvents()
{
	echo::Cue Cue;
	// a delegate may close the NPC
	while (Feed != nullptr && Feed->next_cue(Cue))
	{
		FString Detail;
		const echo::MapView Map(Cue.header.detail);
		for (const char* Key : {"state", "stance", "holder", "text", "topic", "step"})
		{
			std::string_view Text;
			if (Detail.IsEmpty() && Map.text(Key, Text))
			{
				Detail = EchoText::FromUtf8(Text);
			}
		}
		bool bOn = false;
		double Number = 0.0;
		if (Detail.IsEmpty() && Map.flag("on", bOn))
		{
			Detail = bOn ? TEXT("true") : TEXT("false");
		}
		for (const char* Key : {"dropped", "probability", "overlap_s", "start_us"})
		{
			if (Detail.IsEmpty() && Map.number(Key, Number))
			{
				Detail = FString::SanitizeFloat(Number);
			}
		}
		if (Cue.header.name == echo::Name("note"))
		{
			UE_LOG(LogEcho, Log, TEXT("%s: %s"), *JoinedName, *Detail);
		}
		OnEvent.Broadcast(FName(UTF8_TO_TCHAR(Cue.header.name.c_str())), Detail);
	}
}
