// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoFaceTexture.h"
#include "EchoJpeg.h"
#include "Engine/Texture2D.h"
#include "Misc/AutomationTest.h"

#if WITH_DEV_AUTOMATION_TESTS && WITH_EDITOR

namespace
{
	/// Grey 96 of 255 throughout, as OpenCV writes it.
	const uint8 GreyJpeg[] = {
		0xff,
		0xd8,
		0xff,
		0xe0,
		0x00,
		0x10,
		0x4a,
		0x46,
		0x49,
		0x46,
		0x00,
		0x01,
		0x01,
		0x00,
		0x00,
		0x01,
		0x00,
		0x01,
		0x00,
		0x00,
		0xff,
		0xdb,
		0x00,
		0x43,
		0x00,
		0x0d,
		0x09,
		0x0a,
		0x0b,
		0x0a,
		0x08,
		0x0d,
		0x0b,
		0x0a,
		0x0b,
		0x0e,
		0x0e,
		0x0d,
		0x0f,
		0x13,
		0x20,
		0x15,
		0x13,
		0x12,
		0x12,
		0x13,
		0x27,
		0x1c,
		0x1e,
		0x17,
		0x20,
		0x2e,
		0x29,
		0x31,
		0x30,
		0x2e,
		0x29,
		0x2d,
		0x2c,
		0x33,
		0x3a,
		0x4a,
		0x3e,
		0x33,
		0x36,
		0x46,
		0x37,
		0x2c,
		0x2d,
		0x40,
		0x57,
		0x41,
		0x46,
		0x4c,
		0x4e,
		0x52,
		0x53,
		0x52,
		0x32,
		0x3e,
		0x5a,
		0x61,
		0x5a,
		0x50,
		0x60,
		0x4a,
		0x51,
		0x52,
		0x4f,
		0xff,
		0xc0,
		0x00,
		0x0b,
		0x08,
		0x00,
		0x08,
		0x00,
		0x08,
		0x01,
		0x01,
		0x11,
		0x00,
		0xff,
		0xc4,
		0x00,
		0x14,
		0x00,
		0x01,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x05,
		0xff,
		0xc4,
		0x00,
		0x14,
		0x10,
		0x01,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0x00,
		0xff,
		0xda,
		0x00,
		0x08,
		0x01,
		0x01,
		0x00,
		0x00,
		0x3f,
		0x00,
		0x2d,
		0xff,
		0xd9,
	};
}

BEGIN_DEFINE_SPEC(
	FEchoFaceTextureSpec, "Echo.FaceTexture", EAutomationTestFlags::ProductFilter | EAutomationTestFlags::EditorContext)
TObjectPtr<UEchoFaceTexture> Face;
echo::Video Header;
END_DEFINE_SPEC(FEchoFaceTextureSpec)

void FEchoFaceTextureSpec::Define()
{
	BeforeEach(
		[this]()
		{
			Face = NewObject<UEchoFaceTexture>();
			Header = echo::Video();
			Header.format = "bgra8";
			Header.width = Header.height = 8;
			Header.stride = 32;
		});

	Describe("Show",
		[this]()
		{
			It("refuses a picture without pixels",
				[this]()
				{
					AddExpectedError(TEXT("cannot be shown"));
					TestFalse(TEXT("shown"), Face->Show(Header, echo::Payload()));
					TestNull(TEXT("texture"), Face->GetTexture());
				});

			It("leaves out a JPEG file that is damaged",
				[this]()
				{
					AddExpectedError(TEXT("could not be read"));
					Header.format = "jpeg";
					TestFalse(TEXT("shown"), Face->Show(Header, echo::Payload()));
				});
		});

	Describe("Decode",
		[this]()
		{
			It("reads a JPEG file of 8 x 8 grey pixels",
				[this]()
				{
					TArray64<uint8> Pixels;
					TestTrue(TEXT("read"), EchoJpeg::Decode({GreyJpeg, sizeof(GreyJpeg)}, 8, 8, Pixels));
					TestEqual(TEXT("bytes"), static_cast<int32>(Pixels.Num()), 256);
					TestTrue(TEXT("grey"), FMath::Abs(static_cast<float>(Pixels.GetData()[0]) - 96.0f) < 3.0f);
					TestEqual(TEXT("opaque"), static_cast<int32>(Pixels.GetData()[3]), 255);
				});

			It("refuses one of another size",
				[this]()
				{
					TArray64<uint8> Pixels;
					TestFalse(TEXT("read"), EchoJpeg::Decode({GreyJpeg, sizeof(GreyJpeg)}, 16, 8, Pixels));
				});
		});
}

#endif
