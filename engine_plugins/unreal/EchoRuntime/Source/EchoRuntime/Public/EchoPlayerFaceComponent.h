// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "Components/ActorComponent.h"
#include "CoreMinimal.h"

#include "EchoPlayerFaceComponent.generated.h"

/// Sends the player's face to the runtime, from a Live Link subject with ARKit's names (the app Live Link Face, a headset's
/// plugin) or from Blueprint. The newest wins; nothing is queued. Game thread.
UCLASS(ClassGroup = (Echo), meta = (BlueprintSpawnableComponent, DisplayName = "Echo Player Face"))
class ECHORUNTIME_API UEchoPlayerFaceComponent : public UActorComponent
{
	GENERATED_BODY()

public:
	UEchoPlayerFaceComponent();

	/// The Live Link subject to be sent; empty: only what Send Face is given.
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	FName LiveLinkSubject;

	/// Faces per second.
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo", meta = (ClampMin = "1", ClampMax = "120"))
	float Rate = 30.0f;

	/// Sends a face by ARKit's names, in any spelling; what is missing is 0. Head: as a head that faces along +X; gaze in
	/// degrees. Validity 0 says that no face is seen. False while there is no runtime.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	bool SendFace(const TMap<FName, float>& Curves, const FRotator& Head, float Validity);

	/// Sends values in the order of one of the protocol's sets, as fb70 of a Quest, htc51 or androidxr68.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	bool SendCurveSet(FName Set, const TArray<float>& Values, const FRotator& Head, float Validity);

	virtual void TickComponent(float DeltaTime, ELevelTick TickType, FActorComponentTickFunction* Function) override;

private:
	float Due = 0.0f;
};
