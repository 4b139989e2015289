// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

using UnrealBuildTool;

/// Menu entry and head capture: in the editor only.
public class EchoRuntimeEditor : ModuleRules
{
	public EchoRuntimeEditor(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.UseExplicitOrSharedPCHs;
		CppStandard = CppStandardVersion.Cpp20;

		PublicDependencyModuleNames.AddRange(new string[]
		{
			"Core", "CoreUObject", "Engine", "EchoCore", "EchoRuntime",
		});
		PrivateDependencyModuleNames.AddRange(new string[]
		{
			"RHI", "RenderCore", "Slate", "SlateCore", "ToolMenus", "UnrealEd",
		});
	}
}
