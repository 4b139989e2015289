// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "Components/StaticMeshComponent.h"
#include "EchoCurveMapping.h"
#include "EchoDemoNpc.h"
#include "EchoLibrary.h"
#include "EchoNpcComponent.h"
#include "EchoSettings.h"
#include "Engine/StaticMesh.h"
#include "HAL/FileManager.h"
#include "Materials/MaterialInterface.h"
#include "Misc/AutomationTest.h"

#if WITH_DEV_AUTOMATION_TESTS && WITH_EDITOR

BEGIN_DEFINE_SPEC(
	FEchoPluginSpec, "Echo.Plugin", EAutomationTestFlags::ProductFilter | EAutomationTestFlags::EditorContext)
END_DEFINE_SPEC(FEchoPluginSpec)

void FEchoPluginSpec::Define()
{
	Describe("Library",
		[this]()
		{
			It("lies in the plugin's folder",
				[this]()
				{
					const FString Path = EchoLibrary::FindZmq();
					TestTrue(TEXT("found"), !Path.IsEmpty() && IFileManager::Get().FileExists(*Path));
				});
		});

	Describe("Settings",
		[this]()
		{
			It("name the runtime on this machine",
				[this]() { TestEqual(TEXT("port"), GetDefault<UEchoSettings>()->ControlPort, 27810); });
		});

	Describe("Demo NPC",
		[this]()
		{
			It("finds the engine's mesh and material",
				[this]()
				{
					const AEchoDemoNpc* Actor = GetDefault<AEchoDemoNpc>();
					const UStaticMesh* Mesh = Actor->Plane->GetStaticMesh();
					TestNotNull(TEXT("mesh"), Mesh);
					TestNotNull(TEXT("material"), Actor->Plane->GetMaterial(0));
				});
		});

	Describe("Curve mapping",
		[this]()
		{
			It("fills itself with the 52 coefficients",
				[this]()
				{
					UEchoCurveMapping* Mapping = NewObject<UEchoCurveMapping>();
					Mapping->FillWithArkit();
					TestEqual(TEXT("rules"), Mapping->Rules.Num(), 52);
				});
		});
}

#endif
