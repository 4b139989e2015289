// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string>
#include <vector>

#include "Components/ActorComponent.h"
#include "CoreMinimal.h"
#include "EchoCore/Game/CurveMapping.h"

#include "EchoFaceCurvesComponent.generated.h"

class UEchoCurveMapping;
class UEchoNpcComponent;
class USkeletalMeshComponent;

/// The NPC's coefficients on a character: as morph targets of a skeletal mesh, as a map that an animation graph reads (into
/// the pin of a Modify Curve node, for a MetaHuman before its ARKit mapping pose), and as a Live Link subject; any of these at
/// once. Game thread.
UCLASS(ClassGroup = (Echo), meta = (BlueprintSpawnableComponent, DisplayName = "Echo Face Curves"))
class ECHORUNTIME_API UEchoFaceCurvesComponent : public UActorComponent
{
	GENERATED_BODY()

public:
	UEchoFaceCurvesComponent();

	/// How coefficients go onto the character's curves; none: by their names.
	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	TObjectPtr<UEchoCurveMapping> Mapping;

	/// 0 = the character's own face, 1 = the NPC's, more = exaggerated.
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo", meta = (ClampMin = "0", ClampMax = "2"))
	float Strength = 1.0f;

	/// Sets morph targets of the actor's skeletal mesh.
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	bool bMoveMorphTargets = true;

	/// Name of a Live Link subject that carries the coefficients; empty: none.
	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	FName LiveLinkSubject;

	/// The character's curves of this moment; with names of ARKit where the mesh has none of its own.
	UPROPERTY(BlueprintReadOnly, Category = "Echo")
	TMap<FName, float> Curves;

	/// The head's rotation of this moment, for a head that faces along +X.
	UPROPERTY(BlueprintReadOnly, Category = "Echo")
	FRotator Head = FRotator::ZeroRotator;

	/// Looks through the mesh and the mapping anew, as after either has been changed.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void Rebind();

	virtual void BeginPlay() override;
	virtual void EndPlay(const EEndPlayReason::Type Reason) override;

private:
	void Follow(UEchoNpcComponent& Npc);
	void Bind(const std::string& CurveSet);

	UPROPERTY(Transient)
	TObjectPtr<USkeletalMeshComponent> Mesh;

	TWeakObjectPtr<UEchoNpcComponent> Followed;
	FDelegateHandle Handle;
	std::string BoundSet;
	bool bUsable = false;
	bool bMeshHasCurves = false;
	echo::CurveMapping Map;
	TArray<FName> Targets;
	std::vector<float> Values;
	std::vector<float> Mapped;
};
