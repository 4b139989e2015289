// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

using UnrealBuildTool;

/// Components, subsystem and settings: the thin layer between EchoCore and the engine.
public class EchoRuntime : ModuleRules
{
	public EchoRuntime(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		PublicDependencyModuleNames.AddRange(new string[]
		{
			"Core", "CoreUObject", "Engine", "DeveloperSettings", "EchoCore",
		});
		PrivateDependencyModuleNames.AddRange(new string[]
		{
			"AudioCaptureCore", "ImageWrapper", "LiveLinkInterface", "Projects", "RHI", "RenderCore",
		});
	}
}
