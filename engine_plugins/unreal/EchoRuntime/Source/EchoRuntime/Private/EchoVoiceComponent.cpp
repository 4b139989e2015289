// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoVoiceComponent.h"

#include "Components/AudioComponent.h"
#include "EchoLog.h"
#include "EchoNpcComponent.h"
#include "EchoSubsystem.h"
#include "GameFramework/Actor.h"
#include "Sound/SoundAttenuation.h"
#include "Sound/SoundWaveProcedural.h"

void UEchoVoiceComponent::BeginPlay()
{
	Super::BeginPlay();
	UEchoNpcComponent* Npc = GetOwner()->FindComponentByClass<UEchoNpcComponent>();
	if (Npc == nullptr)
	{
		UE_LOG(LogEcho, Warning, TEXT("'%s' has an Echo Voice but no Echo NPC: add one to the same actor."),
			*GetOwner()->GetName());
		return;
	}
	Followed = Npc;
	Handle = Npc->OnAdvanced.AddUObject(this, &UEchoVoiceComponent::Follow);
}

void UEchoVoiceComponent::EndPlay(const EEndPlayReason::Type Reason)
{
	if (UEchoNpcComponent* Npc = Followed.Get())
	{
		Npc->OnAdvanced.Remove(Handle);
	}
	End();
	Super::EndPlay(Reason);
}

void UEchoVoiceComponent::Follow(UEchoNpcComponent& Npc)
{
	const std::shared_ptr<echo::NpcFeed>& Now = Npc.GetFeed();
	if (Now != Feed || (Now != nullptr && Now->speech_rate() != Rate))
	{
		End();
		if (Now != nullptr)
		{
			Begin(Npc);
		}
	}
	if (Pull == nullptr)
	{
		return;
	}
	Pull->hold(Npc.IsStill());
	Audio->SetVolumeMultiplier(Volume);
	if (!Audio->IsPlaying() && !Npc.IsStill())
	{
		Audio->Play();  // the engine stops what is too far away, or what lost its voice to others
	}
}

void UEchoVoiceComponent::Begin(UEchoNpcComponent& Npc)
{
	UEchoSubsystem* Subsystem = UEchoSubsystem::Of(this);
	if (Subsystem == nullptr)
	{
		return;
	}
	Feed = Npc.GetFeed();
	Rate = Feed->speech_rate();
	Pull = std::make_shared<echo::VoicePull>(Feed, Subsystem->GetClock());
	Wave = NewObject<USoundWaveProcedural>(this);
	Wave->SetSampleRate(static_cast<uint32>(Rate));
	Wave->NumChannels = 1;
	Wave->Duration = INDEFINITELY_LOOPING_DURATION;
	Wave->SoundGroup = SOUNDGROUP_Voice;
	Wave->bLooping = false;
	// In the engine's sound thread: it has nothing left, and is given exactly what it asks for, silence where nobody
	// speaks. The lambda owns what it touches; neither this component nor the connection needs to live.
	Wave->OnSoundWaveProceduralUnderflow.BindLambda(
		[Voice = Pull](USoundWaveProcedural* Asking, int32 Wanted)
		{
			constexpr int32 Most = 8192;
			int16_t Samples[Most];
			const int32 Count = FMath::Clamp(Wanted, 0, Most);
			Voice->pull(Samples, Count);
			Asking->QueueAudio(reinterpret_cast<const uint8*>(Samples), Count * static_cast<int32>(sizeof(int16_t)));
		});
	Audio = NewObject<UAudioComponent>(GetOwner());
	Audio->bAutoActivate = false;
	Audio->bAllowSpatialization = Attenuation != nullptr;
	Audio->AttenuationSettings = Attenuation;
	Audio->SetupAttachment(this);
	Audio->RegisterComponent();
	Audio->SetSound(Wave);
	Audio->Play();
}

void UEchoVoiceComponent::End()
{
	if (Pull != nullptr)
	{
		Pull->end();  // the sound thread may ask once more
	}
	if (Audio != nullptr)
	{
		Audio->Stop();
		Audio->DestroyComponent();
	}
	Audio = nullptr;
	Wave = nullptr;
	Pull.reset();
	Feed.reset();
}

float UEchoVoiceComponent::GetLevel() const
{
	return Pull != nullptr ? Pull->level() : 0.0f;
}
