// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoDemoNpc.h"

#include "Camera/PlayerCameraManager.h"
#include "Components/SceneComponent.h"
#include "Components/StaticMeshComponent.h"
#include "EchoLog.h"
#include "EchoNpcComponent.h"
#include "EchoPlayerVoiceComponent.h"
#include "EchoVoiceComponent.h"
#include "Engine/StaticMesh.h"
#include "Engine/World.h"
#include "GameFramework/PlayerController.h"
#include "Materials/MaterialInstanceDynamic.h"
#include "Materials/MaterialInterface.h"
#include "UObject/ConstructorHelpers.h"

namespace
{
	/// The engine's plane is 1 m wide and lies flat.
	constexpr double PlaneScale = 0.5;
	/// Of Widget3DPassThrough, the engine's material for a texture with straight alpha in the world.
	const TCHAR* const WidgetTexture = TEXT("SlateUI");
}

AEchoDemoNpc::AEchoDemoNpc()
{
	PrimaryActorTick.bCanEverTick = true;
	RootComponent = CreateDefaultSubobject<USceneComponent>(TEXT("Root"));
	Plane = CreateDefaultSubobject<UStaticMeshComponent>(TEXT("Plane"));
	Plane->SetupAttachment(RootComponent);
	// stands upright, its face along +X and its first row at the top
	Plane->SetRelativeRotation(FRotator(0.0, 90.0, 90.0));
	Plane->SetRelativeScale3D(FVector(PlaneScale));
	Plane->SetCollisionEnabled(ECollisionEnabled::NoCollision);
	static ConstructorHelpers::FObjectFinder<UStaticMesh> Mesh(TEXT("/Engine/BasicShapes/Plane.Plane"));
	static ConstructorHelpers::FObjectFinder<UMaterialInterface> Material(
		TEXT("/Engine/EngineMaterials/Widget3DPassThrough_Translucent.Widget3DPassThrough_Translucent"));
	if (Mesh.Succeeded())
	{
		Plane->SetStaticMesh(Mesh.Object);
	}
	if (Material.Succeeded())
	{
		Plane->SetMaterial(0, Material.Object);
	}
	Npc = CreateDefaultSubobject<UEchoNpcComponent>(TEXT("Npc"));
	Voice = CreateDefaultSubobject<UEchoVoiceComponent>(TEXT("Voice"));
	Voice->SetupAttachment(RootComponent);
	Player = CreateDefaultSubobject<UEchoPlayerVoiceComponent>(TEXT("Player"));
}

void AEchoDemoNpc::BeginPlay()
{
	Super::BeginPlay();
	UMaterialInstanceDynamic* Material = Plane->CreateDynamicMaterialInstance(0);
	if (Material == nullptr)
	{
		UE_LOG(LogEcho, Warning,
			TEXT("'%s' has no material to show a face with: give its plane one with a texture parameter 'SlateUI'."),
			*GetName());
		return;
	}
	Npc->AddMaterial(Material, WidgetTexture);
}

void AEchoDemoNpc::Tick(float DeltaSeconds)
{
	Super::Tick(DeltaSeconds);
	const APlayerController* Viewer = bFacePlayer ? GetWorld()->GetFirstPlayerController() : nullptr;
	if (Viewer != nullptr && Viewer->PlayerCameraManager != nullptr)
	{
		FVector Towards = Viewer->PlayerCameraManager->GetCameraLocation() - GetActorLocation();
		Towards.Z = 0.0;
		if (!Towards.IsNearlyZero())
		{
			SetActorRotation(Towards.Rotation());
		}
	}
}
