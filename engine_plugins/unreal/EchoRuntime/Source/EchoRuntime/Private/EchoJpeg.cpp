// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoJpeg.h"

#include "IImageWrapper.h"
#include "IImageWrapperModule.h"
#include "Modules/ModuleManager.h"

bool EchoJpeg::Decode(const echo::Bytes& File, uint32 Width, uint32 Height, TArray64<uint8>& Pixels)
{
	IImageWrapperModule& Formats = FModuleManager::LoadModuleChecked<IImageWrapperModule>(TEXT("ImageWrapper"));
	const TSharedPtr<IImageWrapper> Picture = Formats.CreateImageWrapper(EImageFormat::JPEG);
	return File.size > 0 && Picture.IsValid() && Picture->SetCompressed(File.data, static_cast<int64>(File.size)) &&
		Picture->GetWidth() == static_cast<int64>(Width) && Picture->GetHeight() == static_cast<int64>(Height) &&
		Picture->GetRaw(ERGBFormat::BGRA, 8, Pixels) && Pixels.Num() == static_cast<int64>(4) * Width * Height;
}
