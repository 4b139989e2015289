// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoHeadCapture.h"

#include "Animation/MorphTarget.h"
#include "Components/SceneCaptureComponent2D.h"
#include "Components/SkeletalMeshComponent.h"
#include "EchoCore/Game/ArkitNames.h"
#include "EchoCore/Game/CurveMapping.h"
#include "EchoCore/Game/EngineAxes.h"
#include "EchoLog.h"
#include "Engine/SkeletalMesh.h"
#include "Engine/TextureRenderTarget2D.h"
#include "ImageUtils.h"
#include "Kismet/KismetRenderingLibrary.h"
#include "Misc/FileHelper.h"
#include "Misc/Paths.h"
#include "TextureResource.h"

namespace
{
	const TCHAR* const LinesFile = TEXT("capture.jsonl");
}

AEchoHeadCapture::AEchoHeadCapture()
{
	RootComponent = CreateDefaultSubobject<USceneComponent>(TEXT("Root"));
	Camera = CreateDefaultSubobject<USceneCaptureComponent2D>(TEXT("Camera"));
	Camera->SetupAttachment(RootComponent);
	Camera->bCaptureEveryFrame = false;
	Camera->bCaptureOnMovement = false;
	Camera->CaptureSource = ESceneCaptureSource::SCS_FinalColorLDR;
	// a level with it can be packaged: it stays behind
	bIsEditorOnlyActor = true;
}

void AEchoHeadCapture::BeginDestroy()
{
	FTSTicker::GetCoreTicker().RemoveTicker(Ticker);
	Super::BeginDestroy();
}

void AEchoHeadCapture::Capture()
{
	if (Ticker.IsValid())
	{
		UE_LOG(LogEcho, Warning, TEXT("Pictures are being taken already: wait, or press Cancel."));
		return;
	}
	Mesh = Character != nullptr ? Character->FindComponentByClass<USkeletalMeshComponent>() : nullptr;
	const USkeletalMesh* Asset = Mesh != nullptr ? Mesh->GetSkeletalMeshAsset() : nullptr;
	if (Asset == nullptr || Folder.Path.IsEmpty())
	{
		UE_LOG(LogEcho, Error, TEXT("Name a character with a skeletal mesh, and a folder for the pictures."));
		return;
	}
	std::vector<std::string> Curves;
	Morphs.Init(NAME_None, static_cast<int32>(echo::arkit_names.size()));
	for (const TObjectPtr<UMorphTarget>& Morph : Asset->GetMorphTargets())
	{
		const std::string Name(TCHAR_TO_UTF8(*Morph->GetName()));
		for (size_t Index = 0; Index < echo::arkit_names.size(); ++Index)
		{
			if (echo::CurveMapping::key(Name) == echo::CurveMapping::key(echo::arkit_names[Index]))
			{
				Morphs[static_cast<int32>(Index)] = Morph->GetFName();
				Curves.push_back(Name);
			}
		}
	}
	if (Curves.empty())
	{
		UE_LOG(LogEcho, Error,
			TEXT("'%s' has no morph target with a name of ARKit's: nothing but poses could be taken."),
			*Asset->GetName());
		return;
	}
	Shots = echo::capture_plan(Curves, static_cast<uint32_t>(FMath::Max(Mixtures, 0)), static_cast<uint32_t>(Seed));
	Target =
		UKismetRenderingLibrary::CreateRenderTarget2D(this, Size, Size, ETextureRenderTargetFormat::RTF_RGBA8_SRGB);
	Camera->TextureTarget = Target;
	Camera->FOVAngle = FieldOfView;
	Next = 0;
	bPosed = false;
	Lines.Reset();
	UE_LOG(LogEcho, Log, TEXT("Taking %d pictures with %d curves into %s."), static_cast<int32>(Shots.size()),
		static_cast<int32>(Curves.size()), *Folder.Path);
	Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateUObject(this, &AEchoHeadCapture::Step));
}

void AEchoHeadCapture::Cancel()
{
	if (Ticker.IsValid())
	{
		Finish();
	}
}

bool AEchoHeadCapture::Step(float DeltaSeconds)
{
	if (Mesh == nullptr || Next >= Shots.size())
	{
		Finish();
		return false;
	}
	// one tick to pose, one to take the picture: the mesh's new shape reaches the renderer between them
	if (!bPosed)
	{
		Pose(Shots[Next]);
		bPosed = true;
		return true;
	}
	bPosed = false;
	if (!Write(Next))
	{
		UE_LOG(LogEcho, Error, TEXT("No picture could be written into %s: check the folder."), *Folder.Path);
		Finish();
		return false;
	}
	++Next;
	return true;
}

void AEchoHeadCapture::Pose(const echo::CaptureShot& Shot)
{
	for (int32 Index = 0; Index < Morphs.Num(); ++Index)
	{
		if (!Morphs[Index].IsNone())
		{
			Mesh->SetMorphTarget(Morphs[Index], Shot.values[static_cast<size_t>(Index)]);
		}
	}
	Mesh->TickAnimation(0.0f, false);
	Mesh->RefreshBoneTransforms();
	Mesh->MarkRenderDynamicDataDirty();
	// a head turned by R seen by a fixed camera is a fixed head seen by a camera turned by R's inverse
	const echo::Rotation Turned = echo::to_engine_rotation(Shot.head);
	const FQuat Orbit = FQuat(Turned[0], Turned[1], Turned[2], Turned[3]).Inverse();
	const FVector Centre =
		Mesh->DoesSocketExist(HeadBone) ? Mesh->GetSocketLocation(HeadBone) : Mesh->GetComponentLocation();
	const FQuat Front = Character->GetActorQuat();
	const FVector Eye = Centre + Front.RotateVector(Orbit.RotateVector(FVector(Distance, 0.0, 0.0)));
	const FQuat Look = Front * Orbit * FQuat(FVector::UpVector, UE_DOUBLE_PI);
	Camera->SetWorldLocationAndRotation(Eye, Look);
}

bool AEchoHeadCapture::Write(size_t Number)
{
	Camera->CaptureScene();
	TArray<FColor> Pixels;
	FTextureRenderTargetResource* Resource = Target->GameThread_GetRenderTargetResource();
	if (Resource == nullptr || !Resource->ReadPixels(Pixels) || Pixels.Num() != Size * Size)
	{
		return false;
	}
	for (FColor& Pixel : Pixels)
	{
		Pixel.A = 255;
	}
	TArray64<uint8> Png;
	FImageUtils::PNGCompressImageArray(Size, Size, TArrayView64<const FColor>(Pixels.GetData(), Pixels.Num()), Png);
	const FString Name = FString::Printf(TEXT("%05d.png"), static_cast<int32>(Number));
	if (!FFileHelper::SaveArrayToFile(Png, *FPaths::Combine(Folder.Path, Name)))
	{
		return false;
	}
	// the engine's angle is the horizontal one; of a square it is the vertical one as well
	Lines += UTF8_TO_TCHAR(echo::capture_line(Shots[Number], std::string(TCHAR_TO_UTF8(*Name)), FieldOfView,
		Distance / 100.0, static_cast<uint32_t>(Size), static_cast<uint32_t>(Size))
							   .c_str());
	Lines += TEXT("\n");
	return true;
}

void AEchoHeadCapture::Finish()
{
	FTSTicker::GetCoreTicker().RemoveTicker(Ticker);
	Ticker.Reset();
	if (Mesh != nullptr)
	{
		Mesh->ClearMorphTargets();
	}
	FFileHelper::SaveStringToFile(
		Lines, *FPaths::Combine(Folder.Path, LinesFile), FFileHelper::EEncodingOptions::ForceUTF8WithoutBOM);
	UE_LOG(LogEcho, Log, TEXT("Took %d pictures."), static_cast<int32>(Next));
}
