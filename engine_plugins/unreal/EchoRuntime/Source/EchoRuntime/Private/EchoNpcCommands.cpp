// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoLog.h"
#include "EchoNpcComponent.h"
#include "EchoSubsystem.h"
#include "EchoText.h"
#include "Engine/World.h"
#include "GameFramework/Actor.h"
#include "GameFramework/PlayerController.h"

template <class CommandType>
void UEchoNpcComponent::Send(CommandType Command)
{
	echo::Connection* Connection = Subsystem.IsValid() ? Subsystem->GetConnection() : nullptr;
	if (Connection == nullptr || Feed == nullptr)
	{
		OnFailed.Broadcast(TEXT("not_connected"), TEXT("The NPC is not open: call Open first."));
		return;
	}
	uint64_t Id = 0;
	const echo::Outcome Outcome = Connection->begin(Command, {}, Id);
	if (!Outcome)
	{
		const FString Sentence = EchoText::FromUtf8(std::string(Outcome.sentence()));
		if (Outcome.code() != echo::Code::not_connected)
		{
			Subsystem->WarnOnce(Sentence);
		}
		OnFailed.Broadcast(
			Outcome.code() == echo::Code::not_connected ? TEXT("not_connected") : TEXT("malformed"), Sentence);
		return;
	}
	Commands.Add(Id);
}

void UEchoNpcComponent::TellPause(echo::GamePause::Send What)
{
	if (What == echo::GamePause::Send::pause)
	{
		echo::Pause Command;
		Command.npc = Feed->npc();
		Send(Command);
	}
	else if (What == echo::GamePause::Send::resume)
	{
		echo::Resume Command;
		Command.npc = Feed->npc();
		Send(Command);
	}
}

void UEchoNpcComponent::TellAttention(int64 OurUs)
{
	const UWorld* World = GetWorld();
	const APlayerController* Viewer = bAttentionFromView && Presence.open() && !Pause.still() && World != nullptr
		? World->GetFirstPlayerController()
		: nullptr;
	echo::Connection* Connection = Subsystem.IsValid() ? Subsystem->GetConnection() : nullptr;
	if (Viewer == nullptr || Connection == nullptr)
	{
		return;
	}
	FVector Eyes;
	FRotator View;
	Viewer->GetPlayerViewPoint(Eyes, View);
	// of a pawn the height of its eyes, of another actor its location
	FVector NpcEyes;
	FRotator NpcView;
	GetOwner()->GetActorEyesViewPoint(NpcEyes, NpcView);
	const FVector Towards = (NpcEyes - Eyes).GetSafeNormal();
	const double Share = echo::Attentiveness::share(FVector::DotProduct(View.Vector(), Towards));
	if (!Looks.worth_telling(Share, OurUs))
	{
		return;
	}
	echo::Attention Command;
	Command.npc = Feed->npc();
	Command.value = Share;
	if (!Connection->send(Command, {}))
	{
		Looks.forget();  // it is told again
	}
}

void UEchoNpcComponent::SpeakText(const FString& Text, const FString& Voice)
{
	const std::string Utf8 = EchoText::ToUtf8(Text);
	echo::SpeakText Command;
	Command.npc = EchoText::ToName(JoinedName);
	Command.text = Utf8;
	Command.voice = EchoText::ToName(Voice);
	Command.utt = static_cast<uint32_t>(++LastUtterance);
	Send(Command);
}

void UEchoNpcComponent::Interrupt()
{
	echo::Interrupt Command;
	Command.npc = EchoText::ToName(JoinedName);
	Send(Command);
}

void UEchoNpcComponent::SetEmotion(const FString& Name, float Intensity)
{
	echo::Emotion Command;
	Command.npc = EchoText::ToName(JoinedName);
	Command.name = EchoText::ToName(Name);
	Command.intensity = FMath::Clamp(static_cast<double>(Intensity), 0.0, 1.0);
	Send(Command);
}

void UEchoNpcComponent::SetThinking(bool bThinking)
{
	echo::Thinking Command;
	Command.npc = EchoText::ToName(JoinedName);
	Command.on = bThinking;
	Send(Command);
}

void UEchoNpcComponent::SetAttention(float Share)
{
	bAttentionFromView = false;
	echo::Attention Command;
	Command.npc = EchoText::ToName(JoinedName);
	Command.value = FMath::Clamp(static_cast<double>(Share), 0.0, 1.0);
	Send(Command);
}

void UEchoNpcComponent::SayText(const FString& Speaker, const FString& Text)
{
	const std::string Utf8 = EchoText::ToUtf8(Text);
	echo::SayText Command;
	Command.npc = EchoText::ToName(JoinedName);
	Command.speaker = EchoText::ToName(Speaker);
	Command.text = Utf8;
	Send(Command);
}

void UEchoNpcComponent::SaveMemory(const FString& File)
{
	echo::SaveMemory Command;
	Command.npc = EchoText::ToName(JoinedName);
	Command.file = EchoText::ToName(File);
	Send(Command);
}

void UEchoNpcComponent::LoadMemory(const FString& File)
{
	echo::LoadMemory Command;
	Command.npc = EchoText::ToName(JoinedName);
	Command.file = EchoText::ToName(File);
	Send(Command);
}
