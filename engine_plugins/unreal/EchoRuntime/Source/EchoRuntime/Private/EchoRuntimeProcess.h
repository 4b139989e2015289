// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "Containers/Ticker.h"
#include "CoreMinimal.h"
#include "EchoCore/Game/ProcessSupervisor.h"
#include "HAL/PlatformProcess.h"

/// The runtime's process, of which there is one for the whole engine: games that play at once in one editor share it. Game
/// thread only. What the process writes goes to the log (verbose) and is kept for a window that shows it.
class FEchoRuntimeProcess : private echo::ProcessHost
{
public:
	static FEchoRuntimeProcess& Get();

	/// A game wants a runtime from now on, or no more. With the last one that leaves it ends, unless the editor keeps it.
	void Want(const void* Game);
	void Release(const void* Game);
	/// Whether a runtime answers a game.
	void Tell(const void* Game, bool bAnswers);

	FString State() const;
	TArray<FString> Log() const { return Lines; }

	/// The module is unloaded: ours ends at once.
	void Shutdown();

private:
	FEchoRuntimeProcess();

	bool start(std::string& why) override;
	bool running() override;
	void end(bool hard) override;
	std::string last_words() override;
	int status() override;

	bool Tick(float DeltaSeconds);
	void ReadOutput();
	void ClosePipes();
	static FString FindProgram();

	echo::ProcessSupervisor Supervisor;
	TMap<const void*, bool> Games;
	FTSTicker::FDelegateHandle Ticker;
	FProcHandle Process;
	void* ReadEnd = nullptr;
	void* WriteEnd = nullptr;
	FString Rest;
	TArray<FString> Lines;
	FString SaidTrouble;
};
