// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <memory>
#include <vector>

#include "Components/ActorComponent.h"
#include "CoreMinimal.h"

#include "EchoPlayerVoiceComponent.generated.h"

struct FEchoMicrophone;

/// Sends the player's microphone to the runtime, as the engine captures it: mono, 16 kHz, in pieces of a tick. Game thread,
/// but for the capture's own thread, which only fills a bounded buffer.
UCLASS(ClassGroup = (Echo), meta = (BlueprintSpawnableComponent, DisplayName = "Echo Player Voice"))
class ECHORUNTIME_API UEchoPlayerVoiceComponent : public UActorComponent
{
	GENERATED_BODY()

public:
	UEchoPlayerVoiceComponent();

	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	bool bListenOnBeginPlay = true;

	/// Opens the default microphone. False, and a message, if there is none or it may not be used.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	bool StartListening();
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void StopListening();

	/// The loudest sample of the last piece, 0 to 1.
	UFUNCTION(BlueprintPure, Category = "Echo")
	float GetLevel() const { return Level; }

	/// Sends sound of another source, as a voice chat's; samples in [-1, 1], interleaved.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	bool SendSamples(const TArray<float>& Samples, int32 SampleRate, int32 Channels);

	virtual void BeginPlay() override;
	virtual void EndPlay(const EEndPlayReason::Type Reason) override;
	virtual void TickComponent(float DeltaTime, ELevelTick TickType, FActorComponentTickFunction* Function) override;

private:
	bool Send(const std::vector<float>& Mono);

	// shared, for the header tool's code destroys it where its type is not known
	std::shared_ptr<FEchoMicrophone> Microphone;
	float Level = 0.0f;
};
