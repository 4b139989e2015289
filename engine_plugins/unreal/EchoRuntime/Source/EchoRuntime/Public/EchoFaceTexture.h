// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"
#include "EchoCore/Game/SaidOnce.h"
#include "EchoCore/Game/TexturePair.h"
#include "EchoCore/Payload.h"
#include "UObject/Object.h"

#include "EchoFaceTexture.generated.h"

class UTexture2D;

DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(FEchoPictureShown, UTexture2D*, Texture);

/// The NPC's face as a texture: two transient textures (BGRA8 or RGBA8, sRGB, one mip) that take turns, so that the renderer
/// never reads what is being written. Pictures are not copied on the game thread: the render thread uploads from the memory
/// that they were received into, which it shares with this object. Game thread only.
UCLASS(BlueprintType)
class ECHORUNTIME_API UEchoFaceTexture : public UObject
{
	GENERATED_BODY()

public:
	/// The texture that is shown now; another one with every picture. nullptr before the first.
	UFUNCTION(BlueprintPure, Category = "Echo")
	UTexture2D* GetTexture() const;

	/// Called with every picture, as materials and images must be given the new texture.
	UPROPERTY(BlueprintAssignable, Category = "Echo")
	FEchoPictureShown OnPictureShown;

	/// Shows a received picture, whose pixels are moved away. False if it cannot be shown, which the log says once.
	bool Show(const echo::Video& Header, echo::Payload&& Pixels);

private:
	bool Create();

	UPROPERTY(Transient)
	TObjectPtr<UTexture2D> First;
	UPROPERTY(Transient)
	TObjectPtr<UTexture2D> Second;

	echo::TexturePair Pair;
	echo::SaidOnce Said;
	bool bShown = false;
};
