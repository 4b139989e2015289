// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"
#include "GameFramework/Actor.h"

#include "EchoDemoNpc.generated.h"

class UEchoNpcComponent;
class UEchoPlayerVoiceComponent;
class UEchoVoiceComponent;
class UStaticMeshComponent;
class UTexture2D;

/// A first NPC: its face on a plane that turns towards the player, its voice in the world, and the player's microphone.
/// Uses nothing but the engine's own content, so that no asset needs to be shipped.
UCLASS(meta = (DisplayName = "Echo Demo NPC"))
class ECHORUNTIME_API AEchoDemoNpc : public AActor
{
	GENERATED_BODY()

public:
	AEchoDemoNpc();

	virtual void BeginPlay() override;
	virtual void Tick(float DeltaSeconds) override;

	UPROPERTY(VisibleAnywhere, BlueprintReadOnly, Category = "Echo")
	TObjectPtr<UStaticMeshComponent> Plane;
	UPROPERTY(VisibleAnywhere, BlueprintReadOnly, Category = "Echo")
	TObjectPtr<UEchoNpcComponent> Npc;
	UPROPERTY(VisibleAnywhere, BlueprintReadOnly, Category = "Echo")
	TObjectPtr<UEchoVoiceComponent> Voice;
	UPROPERTY(VisibleAnywhere, BlueprintReadOnly, Category = "Echo")
	TObjectPtr<UEchoPlayerVoiceComponent> Player;

	/// Turns the plane towards the player.
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	bool bFacePlayer = true;
};
