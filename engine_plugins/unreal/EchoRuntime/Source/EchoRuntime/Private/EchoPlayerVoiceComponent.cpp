// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoPlayerVoiceComponent.h"

#include "AudioCaptureCore.h"
#include "EchoCore/Game/Resampler.h"
#include "EchoLog.h"
#include "EchoSubsystem.h"
#include "HAL/CriticalSection.h"
#include "Misc/ScopeLock.h"

namespace
{
	constexpr uint32 RuntimeRate = 16000;
	/// Of one callback; about 20 ms at 48 kHz.
	constexpr uint32 DesiredFrames = 1024;
	/// Sound that waits for a game that does not tick; what comes beyond is dropped.
	constexpr size_t MostWaiting = 10 * 48000;
}

/// What the capture's thread and the game's share.
struct FEchoMicrophone
{
	struct FShared
	{
		FCriticalSection Lock;
		std::vector<float> Mono;
		uint32 Rate = 0;
	};

	Audio::FAudioCapture Capture;
	std::shared_ptr<FShared> Shared = std::make_shared<FShared>();
	std::unique_ptr<echo::Resampler> Resampler;
};

UEchoPlayerVoiceComponent::UEchoPlayerVoiceComponent()
{
	PrimaryComponentTick.bCanEverTick = true;
	PrimaryComponentTick.bTickEvenWhenPaused = true;
}

void UEchoPlayerVoiceComponent::BeginPlay()
{
	Super::BeginPlay();
	if (bListenOnBeginPlay)
	{
		StartListening();
	}
}

void UEchoPlayerVoiceComponent::EndPlay(const EEndPlayReason::Type Reason)
{
	StopListening();
	Super::EndPlay(Reason);
}

bool UEchoPlayerVoiceComponent::StartListening()
{
	if (Microphone != nullptr)
	{
		return true;
	}
	std::shared_ptr<FEchoMicrophone> Opened = std::make_shared<FEchoMicrophone>();
	Audio::FAudioCaptureDeviceParams Params;
	const bool bOpen = Opened->Capture.OpenAudioCaptureStream(
		Params,
		[Shared = Opened->Shared](const void* Samples, int32 Frames, int32 Channels, int32 Rate, double, bool)
		{
			const FScopeLock Lock(&Shared->Lock);
			Shared->Rate = static_cast<uint32>(Rate);
			if (Shared->Mono.size() < MostWaiting)
			{
				echo::mix_down(static_cast<const float*>(Samples), static_cast<size_t>(Frames),
					static_cast<uint32_t>(Channels), Shared->Mono);
			}
		},
		DesiredFrames);
	if (!bOpen || !Opened->Capture.StartStream())
	{
		UE_LOG(
			LogEcho, Warning, TEXT("The microphone cannot be opened: connect one, and allow this program to use it."));
		return false;
	}
	Microphone = std::move(Opened);
	return true;
}

void UEchoPlayerVoiceComponent::StopListening()
{
	if (Microphone != nullptr)
	{
		Microphone->Capture.StopStream();
		Microphone->Capture.CloseStream();
		Microphone.reset();
	}
	Level = 0.0f;
}

void UEchoPlayerVoiceComponent::TickComponent(
	float DeltaTime, ELevelTick TickType, FActorComponentTickFunction* Function)
{
	Super::TickComponent(DeltaTime, TickType, Function);
	if (Microphone == nullptr)
	{
		return;
	}
	std::vector<float> Mono;
	uint32 Rate = 0;
	{
		const FScopeLock Lock(&Microphone->Shared->Lock);
		Mono.swap(Microphone->Shared->Mono);
		Rate = Microphone->Shared->Rate;
	}
	if (Mono.empty())
	{
		return;
	}
	if (Microphone->Resampler == nullptr || Microphone->Resampler->from() != Rate)
	{
		Microphone->Resampler = std::make_unique<echo::Resampler>(Rate, RuntimeRate);
	}
	std::vector<float> Resampled;
	Microphone->Resampler->push(Mono.data(), Mono.size(), Resampled);
	Send(Resampled);
}

bool UEchoPlayerVoiceComponent::SendSamples(const TArray<float>& Samples, int32 SampleRate, int32 Channels)
{
	if (Channels < 1 || Channels > 8 || SampleRate < 8000 || SampleRate > 192000)
	{
		UE_LOG(LogEcho, Warning,
			TEXT("Sound of %d Hz and %d channels cannot be sent: 8000 to 192000 Hz and 1 to 8 channels can."),
			SampleRate, Channels);
		return false;
	}
	std::vector<float> Mono;
	echo::mix_down(
		Samples.GetData(), static_cast<size_t>(Samples.Num() / Channels), static_cast<uint32_t>(Channels), Mono);
	std::vector<float> Resampled;
	echo::Resampler Resampler(static_cast<uint32_t>(SampleRate), RuntimeRate);
	Resampler.push(Mono.data(), Mono.size(), Resampled);
	Resampler.finish(Resampled);
	return Send(Resampled);
}

bool UEchoPlayerVoiceComponent::Send(const std::vector<float>& Mono)
{
	Level = 0.0f;
	for (const float Sample : Mono)
	{
		Level = FMath::Max(Level, FMath::Abs(Sample));
	}
	UEchoSubsystem* Subsystem = UEchoSubsystem::Of(this);
	echo::Connection* Connection = Subsystem != nullptr ? Subsystem->GetConnection() : nullptr;
	if (Mono.empty() || Connection == nullptr || Connection->status() != echo::Status::connected)
	{
		return false;
	}
	std::vector<int16_t> Pcm;
	echo::to_pcm16(Mono.data(), Mono.size(), Pcm);
	// a game that stood still has much to say: the runtime takes no more than 1 MiB at once
	constexpr size_t Most = RuntimeRate;
	bool bSent = true;
	for (size_t At = 0; At < Pcm.size(); At += Most)
	{
		echo::PlayerAudio Command;
		Command.rate = RuntimeRate;
		const size_t Count = FMath::Min(Most, Pcm.size() - At);
		bSent = Connection->send(Command, {reinterpret_cast<const uint8_t*>(Pcm.data() + At), 2 * Count}).ok() && bSent;
	}
	return bSent;
}
