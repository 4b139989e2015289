// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"
#include "Engine/DataAsset.h"

#include "EchoCurveMapping.generated.h"

/// One coefficient onto one curve of a character: target = clamp(source × gain + offset, low, high).
USTRUCT(BlueprintType)
struct FEchoCurveRule
{
	GENERATED_BODY()

	/// A coefficient of ARKit, as jawOpen.
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	FName Source;

	/// A morph target or animation curve of the character.
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	FName Target;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	float Gain = 1.0f;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	float Offset = 0.0f;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	float Low = 0.0f;

	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	float High = 1.0f;
};

/// How the NPC's coefficients move a character. Several rules may drive one target; they add up.
UCLASS(BlueprintType)
class ECHORUNTIME_API UEchoCurveMapping : public UDataAsset
{
	GENERATED_BODY()

public:
	/// Empty: every coefficient goes to the curve of its own name.
	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	TArray<FEchoCurveRule> Rules;

#if WITH_EDITOR
	/// Fills the rules with the 52 coefficients, each onto its own name, to be edited.
	UFUNCTION(CallInEditor, Category = "Echo")
	void FillWithArkit();
#endif
};
