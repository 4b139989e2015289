// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <memory>

#include "Components/SceneComponent.h"
#include "CoreMinimal.h"
#include "EchoCore/Game/VoicePull.h"

#include "EchoVoiceComponent.generated.h"

class UAudioComponent;
class UEchoNpcComponent;
class USoundAttenuation;
class USoundWaveProcedural;

/// The NPC's voice as a sound in the world, spatialised by the engine like any other. What the engine takes of it is the
/// clock by which the face is shown. Game thread, but for the engine's sound thread, which shares only the voice itself.
UCLASS(ClassGroup = (Echo), meta = (BlueprintSpawnableComponent, DisplayName = "Echo Voice"))
class ECHORUNTIME_API UEchoVoiceComponent : public USceneComponent
{
	GENERATED_BODY()

public:
	/// How the voice fades with distance; none: it is heard everywhere alike.
	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	TObjectPtr<USoundAttenuation> Attenuation;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo", meta = (ClampMin = "0", ClampMax = "4"))
	float Volume = 1.0f;

	/// The loudest sample of the last block, 0 to 1.
	UFUNCTION(BlueprintPure, Category = "Echo")
	float GetLevel() const;

	virtual void BeginPlay() override;
	virtual void EndPlay(const EEndPlayReason::Type Reason) override;

private:
	void Follow(UEchoNpcComponent& Npc);
	void Begin(UEchoNpcComponent& Npc);
	void End();

	UPROPERTY(Transient)
	TObjectPtr<UAudioComponent> Audio;
	UPROPERTY(Transient)
	TObjectPtr<USoundWaveProcedural> Wave;

	TWeakObjectPtr<UEchoNpcComponent> Followed;
	FDelegateHandle Handle;
	std::shared_ptr<echo::NpcFeed> Feed;
	std::shared_ptr<echo::VoicePull> Pull;
	int64 Rate = 0;
};
