// Copyright Echo Runtime contributors. MIT License.

#include "EchoFaceTexture.h"
#include "Engine/Texture2D.h"
#include "Misc/AutomationTest.h"

#if WITH_DEV_AUTOMATION_TESTS && WITH_EDITOR

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

			It("refuses a format that it does not know",
				[this]()
				{
					AddExpectedError(TEXT("jpeg"));
					Header.format = "jpeg";
					TestFalse(TEXT("shown"), Face->Show(Header, echo::Payload()));
				});
		});
}

#endif
