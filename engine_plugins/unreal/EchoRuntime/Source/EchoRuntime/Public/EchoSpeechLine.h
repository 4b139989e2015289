// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"
#include "Engine/DataAsset.h"

#include "EchoSpeechLine.generated.h"

class USoundWave;

/// A line for an NPC to say, as the runtime takes it: mono, 16 kHz. Made in the editor from a sound, since a packaged game
/// holds sounds compressed.
UCLASS(BlueprintType)
class ECHORUNTIME_API UEchoSpeechLine : public UDataAsset
{
	GENERATED_BODY()

public:
	/// What is said, for the NPC's memory of the dialogue and its expression.
	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo", meta = (MultiLine = "true"))
	FString Text;

	UPROPERTY()
	TArray<int16> Samples;

	/// Seconds.
	UFUNCTION(BlueprintPure, Category = "Echo")
	float GetDuration() const { return static_cast<float>(Samples.Num()) / 16000.0f; }

#if WITH_EDITORONLY_DATA
	UPROPERTY(EditAnywhere, Category = "Echo")
	TObjectPtr<USoundWave> Source;
#endif

#if WITH_EDITOR
	/// Takes the sound of `Source` in. An error in the log if it has none.
	UFUNCTION(CallInEditor, Category = "Echo")
	void Import();
#endif
};
