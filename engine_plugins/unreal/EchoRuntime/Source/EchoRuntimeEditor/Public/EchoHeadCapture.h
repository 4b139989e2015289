// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <string>
#include <vector>

#include "Containers/Ticker.h"
#include "CoreMinimal.h"
#include "EchoCore/Game/CapturePlan.h"
#include "Engine/EngineTypes.h"
#include "GameFramework/Actor.h"

#include "EchoHeadCapture.generated.h"

class USceneCaptureComponent2D;
class USkeletalMeshComponent;
class UTextureRenderTarget2D;

/// Takes pictures of a character for training an avatar: sweeps its curves and poses, and writes PNG files and one line of
/// JSON for each (capture.jsonl). Place it anywhere, name the character, press Capture. Its pictures are seen from around the
/// head: the head stays, the camera moves, so that the light moves with the camera's side. Editor only, game thread.
UCLASS(meta = (DisplayName = "Echo Head Capture"))
class ECHORUNTIMEEDITOR_API AEchoHeadCapture : public AActor
{
	GENERATED_BODY()

public:
	AEchoHeadCapture();

	/// An actor with a skeletal mesh whose morph targets have ARKit's names, in any spelling.
	UPROPERTY(EditAnywhere, Category = "Echo")
	TObjectPtr<AActor> Character;

	/// The bone or socket in the middle of the head; none: the mesh's own origin.
	UPROPERTY(EditAnywhere, Category = "Echo")
	FName HeadBone = TEXT("head");

	UPROPERTY(EditAnywhere, Category = "Echo")
	FDirectoryPath Folder;

	/// Pixels of each side.
	UPROPERTY(EditAnywhere, Category = "Echo", meta = (ClampMin = "64", ClampMax = "2048"))
	int32 Size = 512;

	/// Degrees, and centimetres from the camera to the head.
	UPROPERTY(EditAnywhere, Category = "Echo", meta = (ClampMin = "5", ClampMax = "90"))
	float FieldOfView = 20.0f;
	UPROPERTY(EditAnywhere, Category = "Echo", meta = (ClampMin = "20", ClampMax = "500"))
	float Distance = 90.0f;

	/// Pictures of several curves and a pose at once, besides the sweep.
	UPROPERTY(EditAnywhere, Category = "Echo", meta = (ClampMin = "0", ClampMax = "20000"))
	int32 Mixtures = 500;
	UPROPERTY(EditAnywhere, Category = "Echo")
	int32 Seed = 1;

	UFUNCTION(CallInEditor, Category = "Echo")
	void Capture();
	UFUNCTION(CallInEditor, Category = "Echo")
	void Cancel();

	virtual void BeginDestroy() override;

private:
	bool Step(float DeltaSeconds);
	void Pose(const echo::CaptureShot& Shot);
	bool Write(size_t Number);
	void Finish();

	UPROPERTY(Transient)
	TObjectPtr<USceneCaptureComponent2D> Camera;
	UPROPERTY(Transient)
	TObjectPtr<UTextureRenderTarget2D> Target;
	UPROPERTY(Transient)
	TObjectPtr<USkeletalMeshComponent> Mesh;

	FTSTicker::FDelegateHandle Ticker;
	std::vector<echo::CaptureShot> Shots;
	/// The mesh's own name for each curve of ARKit's; none where it has no such curve.
	TArray<FName> Morphs;
	size_t Next = 0;
	bool bPosed = false;
	FString Lines;
};
