// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoFaceCurvesComponent.h"

#include "Animation/MorphTarget.h"
#include "Components/SkeletalMeshComponent.h"
#include "EchoCore/Game/ArkitNames.h"
#include "EchoCore/Game/EngineAxes.h"
#include "EchoCurveMapping.h"
#include "EchoLiveLinkSource.h"
#include "EchoLog.h"
#include "EchoNpcComponent.h"
#include "EchoSubsystem.h"
#include "EchoText.h"
#include "Engine/SkeletalMesh.h"
#include "GameFramework/Actor.h"

namespace
{
	/// A mesh with fewer of the curves than this is told of: something has another name than it should.
	constexpr int32 FewCurves = 10;
}

UEchoFaceCurvesComponent::UEchoFaceCurvesComponent()
{
	PrimaryComponentTick.bCanEverTick = false;
}

void UEchoFaceCurvesComponent::BeginPlay()
{
	Super::BeginPlay();
	UEchoNpcComponent* Npc = GetOwner()->FindComponentByClass<UEchoNpcComponent>();
	if (Npc == nullptr)
	{
		UE_LOG(LogEcho, Warning, TEXT("'%s' has Echo Face Curves but no Echo NPC: add one to the same actor."),
			*GetOwner()->GetName());
		return;
	}
	Mesh = GetOwner()->FindComponentByClass<USkeletalMeshComponent>();
	Followed = Npc;
	Handle = Npc->OnAdvanced.AddUObject(this, &UEchoFaceCurvesComponent::Follow);
}

void UEchoFaceCurvesComponent::EndPlay(const EEndPlayReason::Type Reason)
{
	if (UEchoNpcComponent* Npc = Followed.Get())
	{
		Npc->OnAdvanced.Remove(Handle);
	}
	Super::EndPlay(Reason);
}

void UEchoFaceCurvesComponent::Rebind()
{
	BoundSet.clear();
}

void UEchoFaceCurvesComponent::Bind(const std::string& CurveSet)
{
	BoundSet = CurveSet;
	bUsable = CurveSet == "arkit52";
	UEchoSubsystem* Subsystem = UEchoSubsystem::Of(this);
	if (!bUsable)
	{
		if (Subsystem != nullptr)
		{
			Subsystem->WarnOnce(
				FString::Printf(TEXT("Coefficients of the set '%s' are not known here: update the plugin."),
					*EchoText::FromUtf8(CurveSet)));
		}
		return;
	}
	const std::vector<std::string> Sources(echo::arkit_names.begin(), echo::arkit_names.end());
	std::vector<echo::CurveRule> Rules;
	if (Mapping != nullptr)
	{
		for (const FEchoCurveRule& Rule : Mapping->Rules)
		{
			Rules.push_back({EchoText::ToUtf8(Rule.Source.ToString()), EchoText::ToUtf8(Rule.Target.ToString()),
				Rule.Gain, Rule.Offset, Rule.Low, Rule.High});
		}
	}
	std::vector<std::string> Available;
	const USkeletalMesh* Asset = Mesh != nullptr ? Mesh->GetSkeletalMeshAsset() : nullptr;
	if (Asset != nullptr)
	{
		for (const TObjectPtr<UMorphTarget>& Morph : Asset->GetMorphTargets())
		{
			Available.push_back(EchoText::ToUtf8(Morph->GetName()));
		}
	}
	bMeshHasCurves = Map.bind(Sources, Available, Rules) > 0;
	const int32 Driven = static_cast<int32>(Map.targets().size());
	if (Asset != nullptr && bMoveMorphTargets && Driven < FewCurves && Subsystem != nullptr)
	{
		Subsystem->WarnOnce(FString::Printf(
			TEXT(
				"'%s' has %d of the face's curves as morph targets: a mapping says which of its own names belong to them."),
			*Asset->GetName(), Driven));
	}
	if (!bMeshHasCurves)
	{
		// curves for an animation graph: under the names of the rules, or of ARKit
		std::vector<std::string> Named = Sources;
		for (const echo::CurveRule& Rule : Rules)
		{
			Named.push_back(Rule.target);
		}
		Map.bind(Sources, Named, Rules);
	}
	Targets.Reset();
	for (const std::string& Target : Map.targets())
	{
		Targets.Add(FName(*EchoText::FromUtf8(Target)));
	}
	Mapped.assign(Map.targets().size(), 0.0f);
	Curves.Reset();
}

void UEchoFaceCurvesComponent::Follow(UEchoNpcComponent& Npc)
{
	const echo::FaceShow* Show = Npc.GetShow();
	if (Show == nullptr || Show->count() == 0)
	{
		return;
	}
	const std::string CurveSet(Show->curves().view());
	if (CurveSet != BoundSet)
	{
		Bind(CurveSet);
	}
	Values.resize(Show->count());
	echo::Rotation Rotation;
	if (!bUsable || !Show->face(Values.data(), Rotation))
	{
		return;
	}
	Map.apply(Values.data(), Values.size(), Mapped.data(), Strength);
	for (int32 Index = 0; Index < Targets.Num(); ++Index)
	{
		Curves.Add(Targets[Index], Mapped[static_cast<size_t>(Index)]);
		if (bMoveMorphTargets && bMeshHasCurves)
		{
			Mesh->SetMorphTarget(Targets[Index], Mapped[static_cast<size_t>(Index)]);
		}
	}
	const echo::Rotation Turned = echo::to_engine_rotation(Rotation);
	Head = FQuat(Turned[0], Turned[1], Turned[2], Turned[3]).Rotator();
	if (!LiveLinkSubject.IsNone())
	{
		UEchoSubsystem* Subsystem = UEchoSubsystem::Of(this);
		const TSharedPtr<FEchoLiveLinkSource> Source = Subsystem != nullptr ? Subsystem->GetLiveLink() : nullptr;
		if (Source.IsValid())
		{
			Source->Push(LiveLinkSubject, Values, Head);
		}
	}
}
