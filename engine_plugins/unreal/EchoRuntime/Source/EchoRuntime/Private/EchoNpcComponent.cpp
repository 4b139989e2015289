// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoNpcComponent.h"

#include "EchoCore/ClockOffset.h"
#include "EchoCore/MapView.h"
#include "EchoFaceTexture.h"
#include "EchoLog.h"
#include "EchoSettings.h"
#include "EchoSubsystem.h"
#include "EchoText.h"
#include "Engine/World.h"
#include "GameFramework/WorldSettings.h"
#include "Misc/App.h"
#include "ProfilingDebugging/CpuProfilerTrace.h"

UEchoNpcComponent::UEchoNpcComponent()
{
	// the subsystem's ticker moves it on, also while the game is paused
	PrimaryComponentTick.bCanEverTick = false;
}

void UEchoNpcComponent::BeginPlay()
{
	Super::BeginPlay();
	Face = NewObject<UEchoFaceTexture>(this);
	Pause = echo::GamePause(GetDefault<UEchoSettings>()->bPauseUnfocused);
	if (bOpenOnBeginPlay)
	{
		Open();
	}
}

void UEchoNpcComponent::EndPlay(const EEndPlayReason::Type Reason)
{
	Close();
	Super::EndPlay(Reason);
}

void UEchoNpcComponent::Open()
{
	if (Feed != nullptr)
	{
		return;
	}
	Subsystem = UEchoSubsystem::Of(this);
	if (!Subsystem.IsValid())
	{
		return;
	}
	Feed = Subsystem->Join(*this, Npc, Avatar);
	if (Feed == nullptr)
	{
		return;
	}
	JoinedName = Npc;
	Show = std::make_unique<echo::FaceShow>(Feed, int64(GetDefault<UEchoSettings>()->OutputDelayMs) * 1000);
	bFirstPictureDue = true;
}

void UEchoNpcComponent::Close()
{
	if (Feed != nullptr && Subsystem.IsValid())
	{
		Subsystem->Leave(*this, JoinedName);
	}
	Lose();
}

void UEchoNpcComponent::Lose()
{
	const std::vector<FUtterance> Cut = std::move(Utterances);
	Utterances.clear();
	Commands.Reset();
	Show.reset();
	Feed.reset();
	JoinedName.Reset();
	Presence.reset();
	OnAdvanced.Broadcast(*this);
	for (const FUtterance& Utterance : Cut)
	{
		TellSpeechEnd(Utterance.Number, "closed");
	}
}

void UEchoNpcComponent::Advance(int64 NowUs)
{
	TRACE_CPUPROFILER_EVENT_SCOPE(Echo_AdvanceNpc);
	if (Show == nullptr)
	{
		return;
	}
	const UWorld* World = GetWorld();
	echo::GameState Game;
	Game.paused = World != nullptr && World->IsPaused();
	Game.focused = FApp::HasFocus();
	Game.time_scale = World != nullptr ? World->GetWorldSettings()->GetEffectiveTimeDilation() : 1.0;
	Game.asked = bAskedToPause;
	const int64 OurUs = echo::monotonic_us();
	const uint32 GapsBefore = Pause.gaps();
	TellPause(Pause.tick(Game, Presence.open(), OurUs));
	if (Pause.gaps() != GapsBefore)
	{
		UE_LOG(LogEcho, Verbose, TEXT("%s: the game stood still for %.1f s; what was missed is skipped."), *JoinedName,
			static_cast<double>(Pause.last_gap_us()) / 1e6);
	}
	TickSpeech(OurUs);
	if (Show == nullptr)
	{
		return;  // a delegate has closed the NPC
	}
	TellAttention(OurUs);
	Show->tick(NowUs, Pause.still());
	ShowPicture(NowUs);
	ReadEvents();
	OnAdvanced.Broadcast(*this);
}

void UEchoNpcComponent::Read(const echo::Notice& Notice)
{
	const int64 OurUs = echo::monotonic_us();
	for (FUtterance& Utterance : Utterances)
	{
		if (Utterance.Speaker->read(Notice, OurUs))
		{
			return;
		}
	}
	if (Feed == nullptr)
	{
		return;
	}
	const echo::NpcPresence::Change Change = Presence.read(Notice, Feed->npc());
	if (Change == echo::NpcPresence::Change::back)
	{
		Pause.opened();
		Looks.forget();
	}
	else if (Change == echo::NpcPresence::Change::opened)
	{
		bFirstPictureDue = true;
		Pause.opened();
		Looks.forget();
		const echo::MapView Result({Notice.result.data(), Notice.result.size()});
		int64_t Width = 0;
		int64_t Height = 0;
		Result.whole("width", Width);
		Result.whole("height", Height);
		OnOpened.Broadcast(static_cast<int32>(Width), static_cast<int32>(Height));
	}
	else if (Notice.kind == echo::Notice::Kind::done)
	{
		Commands.Remove(Notice.id);
	}
	else if (Change == echo::NpcPresence::Change::failed ||
		(Notice.kind == echo::Notice::Kind::failed && Commands.Remove(Notice.id) > 0))
	{
		const FString Code = EchoText::FromUtf8(Notice.code);
		const FString Text = EchoText::FromUtf8(Notice.text);
		if (Subsystem.IsValid() && Notice.code != "connection_lost")
		{
			Subsystem->WarnOnce(FString::Printf(TEXT("%s: %s"), *Npc, *Text));
		}
		OnFailed.Broadcast(Code, Text);
	}
}

void UEchoNpcComponent::SetPaused(bool bPaused)
{
	bAskedToPause = bPaused;
}
