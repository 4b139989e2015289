// Copyright Echo Runtime contributors. MIT License.

#include "EchoNpcComponent.h"

#include "EchoCore/ClockOffset.h"
#include "EchoCore/Game/EngineAxes.h"
#include "EchoCore/Game/Resampler.h"
#include "EchoCore/MapView.h"
#include "EchoFaceTexture.h"
#include "EchoLog.h"
#include "EchoSettings.h"
#include "EchoSound.h"
#include "EchoSpeechLine.h"
#include "EchoSubsystem.h"
#include "EchoText.h"
#include "Engine/Texture2D.h"
#include "Engine/World.h"
#include "GameFramework/WorldSettings.h"
#include "Materials/MaterialInstanceDynamic.h"
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
	switch (Pause.tick(Game, Presence.open(), OurUs))
	{
	case echo::GamePause::Send::pause:
	{
		echo::Pause Command;
		Command.npc = Feed->npc();
		Send(Command);
		break;
	}
	case echo::GamePause::Send::resume:
	{
		echo::Resume Command;
		Command.npc = Feed->npc();
		Send(Command);
		break;
	}
	case echo::GamePause::Send::nothing:
		break;
	}
	if (Pause.gaps() != GapsBefore)
	{
		UE_LOG(LogEcho, Verbose, TEXT("%s: the game stood still for %.1f s; what was missed is skipped."), *JoinedName,
			static_cast<double>(Pause.last_gap_us()) / 1e6);
	}
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
		if (Show == nullptr)
		{
			return;  // a delegate has closed the NPC
		}
	}
	Show->tick(NowUs, Pause.still());
	ShowPicture(NowUs);
	ReadEvents();
	OnAdvanced.Broadcast(*this);
}

void UEchoNpcComponent::ShowPicture(int64 NowUs)
{
	echo::Frame* Frame = Show->new_picture();
	if (Frame == nullptr)
	{
		return;
	}
	// a copy: whoever is told of the picture may close the NPC, and the frame with it
	const echo::Video Header = Frame->header;
	if (!Face->Show(Header, MoveTemp(Frame->pixels)))
	{
		return;
	}
	if (Header.published_us != 0 && !Header.again)
	{
		LatencyMs = static_cast<float>(NowUs - Header.published_us) / 1000.0f;
	}
	const echo::PictureCamera Camera{
		Header.camera_fov, Header.camera_distance, static_cast<double>(Header.width) / Header.height};
	const float Focal = Camera.known() ? static_cast<float>(1.0 / FMath::Tan(Camera.fov / 2.0)) : 0.0f;
	for (int32 Index = 0; Index < Materials.Num(); ++Index)
	{
		UMaterialInstanceDynamic* Material = Materials[Index];
		if (Material == nullptr)
		{
			continue;
		}
		Material->SetTextureParameterValue(TextureParameters[Index], Face->GetTexture());
		Material->SetVectorParameterValue(TEXT("EchoCamera"),
			FLinearColor(Focal, static_cast<float>(Camera.distance), static_cast<float>(Camera.aspect),
				Camera.known() ? 1.0f : 0.0f));
		Material->SetVectorParameterValue(TEXT("EchoHead"),
			FLinearColor(static_cast<float>(Header.head[0]), static_cast<float>(Header.head[1]),
				static_cast<float>(Header.head[2]), static_cast<float>(Header.head[3])));
		Material->SetVectorParameterValue(TEXT("EchoPosition"),
			FLinearColor(static_cast<float>(Header.position[0]), static_cast<float>(Header.position[1]),
				static_cast<float>(Header.position[2]), 0.0f));
	}
	if (bFirstPictureDue)
	{
		bFirstPictureDue = false;
		OnFirstPicture.Broadcast();
	}
}

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
	}
	else if (Change == echo::NpcPresence::Change::opened)
	{
		bFirstPictureDue = true;
		Pause.opened();
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

void UEchoNpcComponent::SetPaused(bool bPaused)
{
	bAskedToPause = bPaused;
}

void UEchoNpcComponent::AddMaterial(UMaterialInstanceDynamic* Material, FName TextureParameter)
{
	if (Material != nullptr && !Materials.Contains(Material))
	{
		Materials.Add(Material);
		TextureParameters.Add(TextureParameter);
	}
}
