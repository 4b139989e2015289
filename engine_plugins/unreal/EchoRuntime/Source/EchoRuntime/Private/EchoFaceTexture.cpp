// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoFaceTexture.h"

#include "EchoJpeg.h"
#include "EchoLog.h"
#include "EchoText.h"
#include "Engine/Texture2D.h"
#include "ProfilingDebugging/CpuProfilerTrace.h"
#include "RHITypes.h"

namespace
{
	constexpr uint32 PixelBytes = 4;

	/// What the render thread reads from; it goes when both sides have let go of it.
	struct FUpload
	{
		echo::Payload Pixels;
		TArray64<uint8> Decoded;
		FUpdateTextureRegion2D Region;
	};
}

UTexture2D* UEchoFaceTexture::GetTexture() const
{
	return bShown ? (Pair.front() == 0 ? First : Second).Get() : nullptr;
}

bool UEchoFaceTexture::Show(const echo::Video& Header, echo::Payload&& Pixels)
{
	TRACE_CPUPROFILER_EVENT_SCOPE(Echo_ShowPicture);
	TSharedRef<FUpload, ESPMode::ThreadSafe> Upload = MakeShared<FUpload, ESPMode::ThreadSafe>();
	echo::Video Shape = Header;
	echo::Bytes Bytes = Pixels.bytes();
	if (Header.format == echo::Name("jpeg"))
	{
		if (!EchoJpeg::Decode(Bytes, Header.width, Header.height, Upload->Decoded))
		{
			if (Said.first("jpeg"))
			{
				UE_LOG(LogEcho, Warning, TEXT("A JPEG picture of %u x %u could not be read; it was left out."),
					Header.width, Header.height);
			}
			return false;
		}
		Shape.format = echo::Name("bgra8");
		Shape.stride = PixelBytes * Header.width;
		Bytes = {Upload->Decoded.GetData(), static_cast<size_t>(Upload->Decoded.Num())};
	}
	const echo::TexturePair::Step Step = Pair.next(Shape, Bytes.size);
	if (Step == echo::TexturePair::Step::skip)
	{
		if (Said.first(Pair.trouble()))
		{
			UE_LOG(LogEcho, Warning, TEXT("%s"), *EchoText::FromUtf8(Pair.trouble()));
		}
		return false;
	}
	if (Step == echo::TexturePair::Step::create && !Create())
	{
		Pair.reset();
		return false;
	}
	UTexture2D* Texture = Pair.back() == 0 ? First : Second;
	if (Texture->GetResource() == nullptr)
	{
		return false;  // no renderer, as on a server
	}
	// a payload may move its bytes with itself: asked for where it stays
	const bool bDecoded = Upload->Decoded.Num() > 0;
	Upload->Pixels = MoveTemp(Pixels);
	const uint8* Rows = bDecoded ? Upload->Decoded.GetData() : Upload->Pixels.bytes().data;
	Upload->Region = FUpdateTextureRegion2D(0, 0, 0, 0, Pair.width(), Pair.height());
	// only read from, whatever the parameter's type says
	uint8* Source = const_cast<uint8*>(Rows);
	Texture->UpdateTextureRegions(
		0, 1, &Upload->Region, Shape.stride, PixelBytes, Source, [Upload](uint8*, const FUpdateTextureRegion2D*) {});
	Pair.written();
	bShown = true;
	OnPictureShown.Broadcast(Texture);
	return true;
}

bool UEchoFaceTexture::Create()
{
	const EPixelFormat Format = Pair.red_first() ? PF_R8G8B8A8 : PF_B8G8R8A8;
	for (TObjectPtr<UTexture2D>* Texture : {&First, &Second})
	{
		*Texture =
			UTexture2D::CreateTransient(static_cast<int32>(Pair.width()), static_cast<int32>(Pair.height()), Format);
		if (*Texture == nullptr)
		{
			if (Said.first("no texture"))
			{
				UE_LOG(LogEcho, Error, TEXT("No texture of %u x %u could be made."), Pair.width(), Pair.height());
			}
			return false;
		}
		(*Texture)->SRGB = true;
		(*Texture)->NeverStream = true;
		(*Texture)->Filter = TF_Bilinear;
		(*Texture)->AddressX = TA_Clamp;
		(*Texture)->AddressY = TA_Clamp;
		(*Texture)->UpdateResource();
	}
	bShown = false;
	return true;
}
