// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/Resampler.h"
#include "EchoLog.h"
#include "EchoNpcComponent.h"
#include "EchoSound.h"
#include "EchoSpeechLine.h"
#include "EchoSubsystem.h"
#include "EchoText.h"

void UEchoNpcComponent::TickSpeech(int64 OurUs)
{
	for (size_t Index = 0; Index < Utterances.size();)
	{
		Utterances[Index].Speaker->tick(OurUs);
		if (!Utterances[Index].Speaker->finished())
		{
			++Index;
			continue;
		}
		const FUtterance Ended = std::move(Utterances[Index]);
		Utterances.erase(Utterances.begin() + static_cast<std::ptrdiff_t>(Index));
		TellSpeechEnd(Ended.Number, Ended.Speaker->failure());
	}
}

int32 UEchoNpcComponent::Speak(std::vector<int16_t>&& Samples, const FString& Text)
{
	echo::Connection* Connection = Subsystem.IsValid() ? Subsystem->GetConnection() : nullptr;
	if (Connection == nullptr || Feed == nullptr)
	{
		OnFailed.Broadcast(TEXT("not_connected"), TEXT("The NPC is not open: call Open first."));
		return 0;
	}
	if (echo::is_silence(Samples))
	{
		Subsystem->WarnOnce(FString::Printf(TEXT("%s is given silence to say: check the sound's level."), *Npc));
	}
	const int32 Number = ++LastUtterance;
	Utterances.push_back({Number,
		std::make_unique<echo::Speaker>(*Connection, Feed->npc(), static_cast<uint32_t>(Number), std::move(Samples),
			16'000u, 1u, EchoText::ToUtf8(Text))});
	return Number;
}

int32 UEchoNpcComponent::SpeakSound(USoundWave* Sound, const FString& Text)
{
	std::vector<int16_t> Samples;
	FString Why;
	if (!EchoSound::Read(Sound, Samples, Why))
	{
		UE_LOG(LogEcho, Warning, TEXT("%s: %s"), *Npc, *Why);
		OnFailed.Broadcast(TEXT("bad_format"), Why);
		return 0;
	}
	return Speak(std::move(Samples), Text);
}

int32 UEchoNpcComponent::SpeakLine(UEchoSpeechLine* Line)
{
	if (Line == nullptr || Line->Samples.IsEmpty())
	{
		OnFailed.Broadcast(TEXT("bad_format"), TEXT("The speech line is empty: import a sound into it."));
		return 0;
	}
	const int16* First = Line->Samples.GetData();
	return Speak(std::vector<int16_t>(First, First + Line->Samples.Num()), Line->Text);
}

int32 UEchoNpcComponent::SpeakSamples(
	const TArray<float>& Samples, int32 SampleRate, int32 Channels, const FString& Text)
{
	std::vector<int16_t> Pcm;
	std::vector<int16_t> Speech;
	echo::to_pcm16(Samples.GetData(), static_cast<size_t>(Samples.Num()), Pcm);
	if (SampleRate <= 0 || Channels <= 0 ||
		!echo::speech_of(
			Pcm.data(), Pcm.size(), static_cast<uint32_t>(SampleRate), static_cast<uint32_t>(Channels), Speech))
	{
		OnFailed.Broadcast(TEXT("bad_format"),
			FString::Printf(
				TEXT("%d samples of %d Hz and %d channels cannot be said: 8000 to 192000 Hz and 1 to 8 channels can."),
				Samples.Num(), SampleRate, Channels));
		return 0;
	}
	return Speak(std::move(Speech), Text);
}

void UEchoNpcComponent::TellSpeechEnd(int32 Utterance, const std::string& Failure)
{
	OnSpeechEnded.Broadcast(Utterance, Failure.empty(), EchoText::FromUtf8(Failure));
}
