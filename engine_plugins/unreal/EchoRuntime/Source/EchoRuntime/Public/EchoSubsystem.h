// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <memory>

#include "Containers/Ticker.h"
#include "CoreMinimal.h"
#include "EchoCore/Connection.h"
#include "EchoCore/Game/ClientName.h"
#include "EchoCore/Game/SaidOnce.h"
#include "EchoCore/Game/VoicePull.h"
#include "Subsystems/GameInstanceSubsystem.h"

#include "EchoSubsystem.generated.h"

class FEchoLiveLinkSource;
class UEchoNpcComponent;

UENUM(BlueprintType)
enum class EEchoStatus : uint8
{
	Off,
	Connecting,
	Connected,
	Lost,
	Refused,
};

DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FEchoStatusChanged, EEchoStatus, Status, const FString&, Text);

/// The game's connection to the runtime: one for each game instance, so that several players in one editor each have
/// their own. Goes on by itself from the first NPC on, over pauses, levels and restarts of the runtime. Game thread only; the
/// core's own thread receives.
UCLASS()
class ECHORUNTIME_API UEchoSubsystem : public UGameInstanceSubsystem
{
	GENERATED_BODY()

public:
	virtual void Initialize(FSubsystemCollectionBase& Collection) override;
	virtual void Deinitialize() override;

	/// Called on the game thread whenever the status changes; the text says why where there is something to say.
	UPROPERTY(BlueprintAssignable, Category = "Echo")
	FEchoStatusChanged OnStatusChanged;

	/// Starts to connect, and starts the runtime where the project settings want that. NPCs do it by themselves. False, and
	/// an error in the log, if a setting cannot be used.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	bool Connect();

	/// Says goodbye; all NPCs stand still from now on.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void Disconnect();

	UFUNCTION(BlueprintPure, Category = "Echo")
	EEchoStatus GetStatus() const;

	/// The runtime's process in words: "running", "attached to a runtime that was there", …
	UFUNCTION(BlueprintPure, Category = "Echo")
	FString GetRuntimeState() const;

	/// The last lines that the runtime's process wrote, the newest last.
	UFUNCTION(BlueprintPure, Category = "Echo")
	TArray<FString> GetRuntimeLog() const;

	/// nullptr while there is none. Do not keep it over a frame.
	echo::Connection* GetConnection() const { return Connection.get(); }
	const std::shared_ptr<echo::RuntimeClock>& GetClock() const { return Clock; }
	/// Of the Live Link source of this game; made when it is first asked for, nullptr without the Live Link plugin.
	TSharedPtr<FEchoLiveLinkSource> GetLiveLink();

	/// Joins an NPC's component to the connection. nullptr, and a message, when another component shows that NPC already.
	std::shared_ptr<echo::NpcFeed> Join(UEchoNpcComponent& Npc, const FString& Name, const FString& Avatar);
	void Leave(UEchoNpcComponent& Npc, const FString& Name);

	/// Writes a warning to the log, each text once for this game.
	void WarnOnce(const FString& Text);

	/// The subsystem of an object's game; nullptr in the editor's own world.
	static UEchoSubsystem* Of(const UObject* Object);

private:
	bool Tick(float DeltaSeconds);
	void Read(const echo::Notice& Notice);
	FString GetClientName();

	std::unique_ptr<echo::Connection> Connection;
	std::shared_ptr<echo::RuntimeClock> Clock;
	/// Held from the first connecting to the disconnecting.
	echo::ClientName OwnName;
	std::vector<echo::Notice> Notices;
	echo::SaidOnce Said;
	TArray<TWeakObjectPtr<UEchoNpcComponent>> Npcs;
	TSharedPtr<FEchoLiveLinkSource> LiveLink;
	FTSTicker::FDelegateHandle Ticker;
	int64 BegunUs = 0;
	bool bWantsRuntime = false;
};
