// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoCore/Game/EngineAxes.h"
#include "EchoFaceTexture.h"
#include "EchoNpcComponent.h"
#include "Engine/Texture2D.h"
#include "Materials/MaterialInstanceDynamic.h"

void UEchoNpcComponent::ShowPicture(int64 NowUs)
{
	echo::Frame* Frame = Show->new_picture();
	if (Frame == nullptr)
	{
		return;
	}
	// a copy: whoever is told of the picture may close the NPC, and the frame with it
	const echo::Video Header = Frame->header;
	if (!Face->Show(Header, MoveTemp(Frame->pixels)))
	{
		return;
	}
	if (Header.published_us != 0 && !Header.again)
	{
		LatencyMs = static_cast<float>(NowUs - Header.published_us) / 1000.0f;
	}
	const echo::PictureCamera Camera{
		Header.camera_fov, Header.camera_distance, static_cast<double>(Header.width) / Header.height};
	const float Focal = Camera.known() ? static_cast<float>(1.0 / FMath::Tan(Camera.fov / 2.0)) : 0.0f;
	for (int32 Index = 0; Index < Materials.Num(); ++Index)
	{
		UMaterialInstanceDynamic* Material = Materials[Index];
		if (Material == nullptr)
		{
			continue;
		}
		Material->SetTextureParameterValue(TextureParameters[Index], Face->GetTexture());
		Material->SetVectorParameterValue(TEXT("EchoCamera"),
			FLinearColor(Focal, static_cast<float>(Camera.distance), static_cast<float>(Camera.aspect),
				Camera.known() ? 1.0f : 0.0f));
		Material->SetVectorParameterValue(TEXT("EchoHead"),
			FLinearColor(static_cast<float>(Header.head[0]), static_cast<float>(Header.head[1]),
				static_cast<float>(Header.head[2]), static_cast<float>(Header.head[3])));
		Material->SetVectorParameterValue(TEXT("EchoPosition"),
			FLinearColor(static_cast<float>(Header.position[0]), static_cast<float>(Header.position[1]),
				static_cast<float>(Header.position[2]), 0.0f));
	}
	if (bFirstPictureDue)
	{
		bFirstPictureDue = false;
		OnFirstPicture.Broadcast();
	}
}

void UEchoNpcComponent::AddMaterial(UMaterialInstanceDynamic* Material, FName TextureParameter)
{
	if (Material != nullptr && !Materials.Contains(Material))
	{
		Materials.Add(Material);
		TextureParameters.Add(TextureParameter);
	}
}
