// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoLibrary.h"

#include "EchoSettings.h"
#include "HAL/FileManager.h"
#include "HAL/PlatformProcess.h"
#include "Interfaces/IPluginManager.h"
#include "Misc/Paths.h"

FString EchoLibrary::FindZmq()
{
	const FString& Wanted = GetDefault<UEchoSettings>()->ZmqLibrary.FilePath;
	if (!Wanted.IsEmpty())
	{
		return FPaths::ConvertRelativePathToFull(Wanted);
	}
	const TSharedPtr<IPlugin> Plugin = IPluginManager::Get().FindPlugin(TEXT("EchoRuntime"));
	if (!Plugin.IsValid())
	{
		return FString();
	}
#if PLATFORM_WINDOWS
	const TCHAR* const Platform = TEXT("Win64");
	const TCHAR* const Pattern = TEXT("libzmq*.dll");
#elif PLATFORM_MAC
	const TCHAR* const Platform = TEXT("Mac");
	const TCHAR* const Pattern = TEXT("libzmq*.dylib");
#else
	const TCHAR* const Platform = TEXT("Linux");
	const TCHAR* const Pattern = TEXT("libzmq*.so*");
#endif
	const FString Folder = FPaths::Combine(Plugin->GetBaseDir(), TEXT("Binaries/ThirdParty/libzmq"), Platform);
	TArray<FString> Found;
	IFileManager::Get().FindFiles(Found, *FPaths::Combine(Folder, Pattern), true, false);
	Found.Sort();
	return Found.IsEmpty() ? FString() : FPaths::ConvertRelativePathToFull(FPaths::Combine(Folder, Found[0]));
}

void EchoLibrary::Preload(const FString& Path)
{
	if (!Path.IsEmpty())
	{
		// never freed: libzmq's threads may outlive a connection
		FPlatformProcess::GetDllHandle(*Path);
	}
}
