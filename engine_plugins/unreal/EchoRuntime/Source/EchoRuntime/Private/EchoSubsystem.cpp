// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoSubsystem.h"

#include "EchoCore/ClockOffset.h"
#include "EchoCore/Keys.h"
#include "EchoLibrary.h"
#include "EchoLiveLinkSource.h"
#include "EchoLog.h"
#include "EchoNpcComponent.h"
#include "EchoRuntimeProcess.h"
#include "EchoSettings.h"
#include "EchoText.h"
#include "Engine/GameInstance.h"
#include "Engine/World.h"
#include "HAL/FileManager.h"
#include "Misc/App.h"
#include "Misc/Paths.h"
#include "ProfilingDebugging/CpuProfilerTrace.h"

namespace
{
	/// A runtime that is not there is no error; after so long it is mentioned.
	constexpr int64 PatienceUs = 10'000'000;
}

void UEchoSubsystem::Initialize(FSubsystemCollectionBase& Collection)
{
	Super::Initialize(Collection);
	Clock = std::make_shared<echo::RuntimeClock>();
	// the core ticker goes on while the game is paused, whatever its time scale is
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateUObject(this, &UEchoSubsystem::Tick));
}

void UEchoSubsystem::Deinitialize()
{
	FTSTicker::GetCoreTicker().RemoveTicker(Ticker);
	Disconnect();
	Super::Deinitialize();
}

UEchoSubsystem* UEchoSubsystem::Of(const UObject* Object)
{
	const UWorld* World = Object != nullptr ? Object->GetWorld() : nullptr;
	UGameInstance* Game = World != nullptr ? World->GetGameInstance() : nullptr;
	return Game != nullptr ? Game->GetSubsystem<UEchoSubsystem>() : nullptr;
}

FString UEchoSubsystem::GetClientName()
{
	if (OwnName.text().empty())
	{
		FString Wanted = GetDefault<UEchoSettings>()->ClientName;
		if (Wanted.IsEmpty())
		{
			Wanted = FApp::GetProjectName();
		}
		const FString Folder =
			FPaths::ConvertRelativePathToFull(FPaths::Combine(FPaths::ProjectSavedDir(), TEXT("EchoClients")));
		IFileManager::Get().MakeDirectory(*Folder, true);
		OwnName = echo::ClientName(EchoText::ToUtf8(Wanted), EchoText::ToUtf8(Folder));
	}
	return EchoText::FromUtf8(OwnName.text());
}

bool UEchoSubsystem::Connect()
{
	if (Connection != nullptr)
	{
		return true;
	}
	const UEchoSettings* Wanted = GetDefault<UEchoSettings>();
	echo::Settings Settings;
	Settings.host = EchoText::ToUtf8(Wanted->Host);
	Settings.control_port = static_cast<uint16>(Wanted->ControlPort);
	Settings.client = EchoText::ToUtf8(GetClientName());
	const FString Library = EchoLibrary::FindZmq();
	EchoLibrary::Preload(Library);
	Settings.zmq_library = EchoText::ToUtf8(Library);
	Settings.server_key = EchoText::ToUtf8(Wanted->ServerKey);
	Settings.insecure_lan = Wanted->bInsecureLan;
	echo::Outcome Outcome;
	if (!Wanted->KeyFile.FilePath.IsEmpty())
	{
		echo::KeyPair Keys;
		Outcome = echo::read_key_file(EchoText::ToUtf8(Wanted->KeyFile.FilePath), Keys);
		Settings.public_key = Keys.public_key;
		Settings.secret_key = Keys.secret_key;
	}
	if (Outcome.ok())
	{
		Connection = echo::Connection::open(Settings, Outcome);
	}
	if (Connection == nullptr)
	{
		const FString Sentence = EchoText::FromUtf8(std::string(Outcome.sentence()));
		if (Said.first(Outcome.sentence()))
		{
			UE_LOG(LogEcho, Error, TEXT("%s"), *Sentence);
		}
		OnStatusChanged.Broadcast(EEchoStatus::Refused, Sentence);
		return false;
	}
	BegunUs = echo::monotonic_us();
	if (Wanted->bStartRuntime && !bWantsRuntime)
	{
		bWantsRuntime = true;
		FEchoRuntimeProcess::Get().Want(this);
	}
	return true;
}

void UEchoSubsystem::Disconnect()
{
	const TArray<TWeakObjectPtr<UEchoNpcComponent>> Lost = MoveTemp(Npcs);
	Npcs.Reset();
	for (const TWeakObjectPtr<UEchoNpcComponent>& Npc : Lost)
	{
		if (UEchoNpcComponent* Component = Npc.Get())
		{
			Component->Lose();
		}
	}
	if (LiveLink.IsValid())
	{
		LiveLink->Remove();
		LiveLink.Reset();
	}
	Connection.reset();
	OwnName = echo::ClientName();
	if (bWantsRuntime)
	{
		bWantsRuntime = false;
		FEchoRuntimeProcess::Get().Release(this);
	}
}

EEchoStatus UEchoSubsystem::GetStatus() const
{
	if (Connection == nullptr)
	{
		return EEchoStatus::Off;
	}
	switch (Connection->status())
	{
	case echo::Status::connected:
		return EEchoStatus::Connected;
	case echo::Status::lost:
		return EEchoStatus::Lost;
	case echo::Status::refused:
		return EEchoStatus::Refused;
	case echo::Status::connecting:
		break;
	}
	return EEchoStatus::Connecting;
}

FString UEchoSubsystem::GetRuntimeState() const
{
	return FEchoRuntimeProcess::Get().State();
}

TArray<FString> UEchoSubsystem::GetRuntimeLog() const
{
	return FEchoRuntimeProcess::Get().Log();
}

TSharedPtr<FEchoLiveLinkSource> UEchoSubsystem::GetLiveLink()
{
	if (!LiveLink.IsValid())
	{
		LiveLink = FEchoLiveLinkSource::Add(GetClientName());
		if (!LiveLink.IsValid())
		{
			WarnOnce(TEXT("Live Link is not there: enable its plugin, or leave the subject of the NPC empty."));
		}
	}
	return LiveLink;
}

std::shared_ptr<echo::NpcFeed> UEchoSubsystem::Join(UEchoNpcComponent& Npc, const FString& Name, const FString& Avatar)
{
	for (const TWeakObjectPtr<UEchoNpcComponent>& Other : Npcs)
	{
		if (Other.IsValid() && Other.Get() != &Npc && Other->GetNpcName() == Name)
		{
			WarnOnce(FString::Printf(
				TEXT(
					"The NPC '%s' is shown by '%s' already: give '%s' a name of its own, or let both share one component."),
				*Name, *Other->GetReadableName(), *Npc.GetReadableName()));
			return nullptr;
		}
	}
	for (const FString* Text : {&Name, &Avatar})
	{
		if (!echo::is_npc_name(EchoText::ToUtf8(*Text)) && !(Text == &Avatar && Avatar.IsEmpty()))
		{
			WarnOnce(FString::Printf(
				TEXT(
					"'%s' cannot be the name of an NPC or an avatar: use 1 to 64 of letters, digits, '_', '.' and '-'."),
				**Text));
			return nullptr;
		}
	}
	if (!Connect())
	{
		return nullptr;
	}
	Npcs.AddUnique(&Npc);
	return Connection->open_npc(EchoText::ToName(Name), EchoText::ToName(Avatar));
}

void UEchoSubsystem::Leave(UEchoNpcComponent& Npc, const FString& Name)
{
	Npcs.Remove(&Npc);
	if (Connection != nullptr)
	{
		Connection->leave(EchoText::ToName(Name));
	}
}

void UEchoSubsystem::WarnOnce(const FString& Text)
{
	if (Said.first(EchoText::ToUtf8(Text)))
	{
		UE_LOG(LogEcho, Warning, TEXT("%s"), *Text);
	}
}

bool UEchoSubsystem::Tick(float DeltaSeconds)
{
	if (Connection == nullptr)
	{
		return true;
	}
	TRACE_CPUPROFILER_EVENT_SCOPE(Echo_Tick);
	Connection->take_notices(Notices);
	for (const echo::Notice& Notice : Notices)
	{
		Read(Notice);
	}
	const echo::Status Status = Connection->status();
	if (bWantsRuntime)
	{
		// one that refuses this game answers too
		FEchoRuntimeProcess::Get().Tell(this, Status == echo::Status::connected || Status == echo::Status::refused);
	}
	if (Status == echo::Status::connecting && !bWantsRuntime && echo::monotonic_us() - BegunUs > PatienceUs)
	{
		const UEchoSettings* Settings = GetDefault<UEchoSettings>();
		WarnOnce(FString::Printf(
			TEXT(
				"No runtime answers at %s:%d: start one with 'echo-runtime run', or let the project settings start it. It is tried on."),
			*Settings->Host, Settings->ControlPort));
	}
	const int64 NowUs = Connection->runtime_now_us();
	Clock->set(NowUs);
	// a component's delegates may remove any component
	const TArray<TWeakObjectPtr<UEchoNpcComponent>> Present = Npcs;
	for (const TWeakObjectPtr<UEchoNpcComponent>& Npc : Present)
	{
		if (UEchoNpcComponent* Component = Npc.Get(); Component != nullptr && Connection != nullptr)
		{
			Component->Advance(NowUs);
		}
	}
	return true;
}

void UEchoSubsystem::Read(const echo::Notice& Notice)
{
	const FString Text = EchoText::FromUtf8(Notice.text);
	switch (Notice.kind)
	{
	case echo::Notice::Kind::status:
		if (Notice.status == echo::Status::refused)
		{
			UE_LOG(LogEcho, Error, TEXT("The runtime refuses this game: %s"), *Text);
		}
		else
		{
			UE_LOG(LogEcho, Log, TEXT("Runtime: %s. %s"), *FString(UTF8_TO_TCHAR(echo::name_of(Notice.status))), *Text);
		}
		OnStatusChanged.Broadcast(GetStatus(), Text);
		break;
	case echo::Notice::Kind::warning:
	case echo::Notice::Kind::error:
		WarnOnce(Text);
		break;
	default:
		break;
	}
	for (const TWeakObjectPtr<UEchoNpcComponent>& Npc : TArray<TWeakObjectPtr<UEchoNpcComponent>>(Npcs))
	{
		if (UEchoNpcComponent* Component = Npc.Get())
		{
			Component->Read(Notice);
		}
	}
}
