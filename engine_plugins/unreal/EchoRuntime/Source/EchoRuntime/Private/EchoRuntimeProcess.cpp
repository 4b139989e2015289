// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoRuntimeProcess.h"

#include "EchoCore/ClockOffset.h"
#include "EchoLog.h"
#include "EchoSettings.h"
#include "EchoText.h"
#include "HAL/FileManager.h"
#include "HAL/PlatformMisc.h"
#include "Misc/Paths.h"

namespace
{
	constexpr int32 KeptLines = 200;

#if PLATFORM_WINDOWS
	const TCHAR* const ProgramNames[] = {TEXT("echo-runtime.exe")};
	const TCHAR* const PathSeparator = TEXT(";");
#else
	const TCHAR* const ProgramNames[] = {TEXT("echo-runtime")};
	const TCHAR* const PathSeparator = TEXT(":");
#endif
}

FEchoRuntimeProcess& FEchoRuntimeProcess::Get()
{
	static FEchoRuntimeProcess Only;
	return Only;
}

FEchoRuntimeProcess::FEchoRuntimeProcess() : Supervisor(*this) {}

void FEchoRuntimeProcess::Want(const void* Game)
{
	Games.Add(Game, false);
	Supervisor.begin(echo::monotonic_us());
	if (!Ticker.IsValid())
	{
		Ticker =
			FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateRaw(this, &FEchoRuntimeProcess::Tick), 0.1f);
	}
}

void FEchoRuntimeProcess::Release(const void* Game)
{
	Games.Remove(Game);
	const bool bKeep = GIsEditor && GetDefault<UEchoSettings>()->bKeepInEditor;
	if (Games.IsEmpty() && !bKeep)
	{
		Supervisor.stop(echo::monotonic_us());
	}
}

void FEchoRuntimeProcess::Tell(const void* Game, bool bAnswers)
{
	if (bool* Known = Games.Find(Game))
	{
		*Known = bAnswers;
	}
}

FString FEchoRuntimeProcess::State() const
{
	FString Text = UTF8_TO_TCHAR(echo::name_of(Supervisor.state()));
	if (!Supervisor.trouble().empty())
	{
		Text += TEXT(". ") + EchoText::FromUtf8(Supervisor.trouble());
	}
	return Text;
}

void FEchoRuntimeProcess::Shutdown()
{
	FTSTicker::GetCoreTicker().RemoveTicker(Ticker);
	Ticker.Reset();
	Supervisor.stop_now();
	ClosePipes();
	Games.Reset();
}

bool FEchoRuntimeProcess::Tick(float DeltaSeconds)
{
	ReadOutput();
	bool bConnected = false;
	for (const TPair<const void*, bool>& Game : Games)
	{
		bConnected = bConnected || Game.Value;
	}
	const int64 NowUs = echo::monotonic_us();
	if (Games.IsEmpty() && Supervisor.state() != echo::ProcessSupervisor::State::running &&
		Supervisor.state() != echo::ProcessSupervisor::State::ending)
	{
		Supervisor.stop(NowUs);  // kept for the next play, but nobody could tell of another runtime
	}
	// with no game that could tell, it does not count as hanging
	Supervisor.tick(bConnected || Games.IsEmpty(), NowUs);
	const FString Trouble = EchoText::FromUtf8(Supervisor.trouble());
	if (Trouble != SaidTrouble)
	{
		SaidTrouble = Trouble;
		if (!Trouble.IsEmpty())
		{
			const bool bGaveUp = Supervisor.state() == echo::ProcessSupervisor::State::gave_up;
			UE_LOG(LogEcho, Warning, TEXT("%s %s"), *Trouble,
				bGaveUp
					? TEXT("(Project Settings > Plugins > Echo Runtime; the next play tries again)")
					: TEXT(
						  "(it is tried again; Project Settings > Plugins > Echo Runtime says which program is started)"));
		}
	}
	return true;
}

FString FEchoRuntimeProcess::FindProgram()
{
	const FString& Wanted = GetDefault<UEchoSettings>()->RuntimeProgram.FilePath;
	if (!Wanted.IsEmpty())
	{
		// beside a packaged game as in the project: what is relative begins at the project's folder, which both have
		return FPaths::IsRelative(Wanted) ? FPaths::ConvertRelativePathToFull(FPaths::ProjectDir(), Wanted) : Wanted;
	}
	TArray<FString> Folders;
	FPlatformMisc::GetEnvironmentVariable(TEXT("PATH")).ParseIntoArray(Folders, PathSeparator);
	Folders.Insert(FPaths::ConvertRelativePathToFull(FPaths::ProjectDir()), 0);
	for (const FString& Folder : Folders)
	{
		for (const TCHAR* const Name : ProgramNames)
		{
			const FString Path = FPaths::Combine(Folder, Name);
			if (IFileManager::Get().FileExists(*Path))
			{
				return Path;
			}
		}
	}
	return FString();
}

bool FEchoRuntimeProcess::start(std::string& why)
{
	const FString Program = FindProgram();
	if (Program.IsEmpty())
	{
		why = "The program echo-runtime was found neither in the project's folder nor on the PATH.";
		return false;
	}
	if (!IFileManager::Get().FileExists(*Program))
	{
		why = "There is no program '" + EchoText::ToUtf8(Program) + "'.";
		return false;
	}
	const UEchoSettings* Settings = GetDefault<UEchoSettings>();
	const FString Arguments =
		FString::Printf(TEXT("%s --control-port %d"), *Settings->RuntimeArguments, Settings->ControlPort);
	ClosePipes();
	Lines.Reset();  // what an earlier one said is not the last word of this one
	FPlatformProcess::CreatePipe(ReadEnd, WriteEnd);
	Process = FPlatformProcess::CreateProc(*Program, *Arguments, false, true, true, nullptr, 0, nullptr, WriteEnd);
	if (!Process.IsValid())
	{
		ClosePipes();
		why = "'" + EchoText::ToUtf8(Program) + "' could not be started.";
		return false;
	}
	UE_LOG(LogEcho, Log, TEXT("Started %s %s"), *Program, *Arguments);
	return true;
}

bool FEchoRuntimeProcess::running()
{
	return Process.IsValid() && FPlatformProcess::IsProcRunning(Process);
}

void FEchoRuntimeProcess::end(bool hard)
{
	// the engine knows one way to end a process: on Unix it is SIGTERM or SIGKILL by platform, and the runtime obeys both
	FPlatformProcess::TerminateProc(Process, true);
	if (hard)
	{
		FPlatformProcess::CloseProc(Process);
	}
}

std::string FEchoRuntimeProcess::last_words()
{
	ReadOutput();
	for (int32 Index = Lines.Num() - 1; Index >= 0; --Index)
	{
		if (!Lines[Index].IsEmpty())
		{
			return EchoText::ToUtf8(Lines[Index]);
		}
	}
	return {};
}

int FEchoRuntimeProcess::status()
{
	int32 Code = -1;
	return FPlatformProcess::GetProcReturnCode(Process, &Code) ? Code : -1;
}

void FEchoRuntimeProcess::ReadOutput()
{
	if (ReadEnd == nullptr)
	{
		return;
	}
	Rest += FPlatformProcess::ReadPipe(ReadEnd);
	FString Line;
	while (Rest.Split(TEXT("\n"), &Line, &Rest))
	{
		Line.TrimEndInline();
		UE_LOG(LogEcho, Verbose, TEXT("echo-runtime: %s"), *Line);
		Lines.Add(Line);
		if (Lines.Num() > KeptLines)
		{
			Lines.RemoveAt(0);
		}
	}
}

void FEchoRuntimeProcess::ClosePipes()
{
	if (ReadEnd != nullptr)
	{
		FPlatformProcess::ClosePipe(ReadEnd, WriteEnd);
	}
	ReadEnd = WriteEnd = nullptr;
	Rest.Reset();
}
