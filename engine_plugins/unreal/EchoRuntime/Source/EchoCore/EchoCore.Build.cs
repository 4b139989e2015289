// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

using System.IO;
using UnrealBuildTool;

/// The engine-free client of Echo protocol 1. It loads libzmq at run time, so nothing is linked; the library's file, where
/// `echo-runtime plugin install` has placed it, is staged beside the game.
public class EchoCore : ModuleRules
{
	public EchoCore(ReadOnlyTargetRules Target) : base(Target)
	{
		PCHUsage = PCHUsageMode.NoPCHs;
		CppStandard = CppStandardVersion.Cpp20;
		// files of the core share names of anonymous namespaces
		bUseUnity = false;
		bEnableExceptions = false;
		bUseRTTI = false;

		// EchoCore only for the module's own entry point
		PrivateDependencyModuleNames.Add("Core");

		string Libraries = Path.Combine(PluginDirectory, "Binaries", "ThirdParty", "libzmq", Target.Platform.ToString());
		if (Directory.Exists(Libraries))
		{
			foreach (string File in Directory.GetFiles(Libraries))
			{
				RuntimeDependencies.Add(File);
			}
		}
	}
}
