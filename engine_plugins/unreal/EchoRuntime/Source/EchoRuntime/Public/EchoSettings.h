// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include "CoreMinimal.h"
#include "Engine/DeveloperSettings.h"

#include "EchoSettings.generated.h"

/// Project Settings > Plugins > Echo Runtime; saved in Config/DefaultGame.ini.
UCLASS(Config = Game, DefaultConfig, meta = (DisplayName = "Echo Runtime"))
class ECHORUNTIME_API UEchoSettings : public UDeveloperSettings
{
	GENERATED_BODY()

public:
	UEchoSettings();

	/// Address of the runtime. Numbers are best: looking a name up may take seconds.
	UPROPERTY(Config, EditAnywhere, Category = "Connection")
	FString Host = TEXT("127.0.0.1");

	UPROPERTY(Config, EditAnywhere, Category = "Connection", meta = (ClampMin = "1", ClampMax = "65535"))
	int32 ControlPort = 27810;

	/// What this game is called towards the runtime, letters, digits, '_', '.' and '-'. Empty: the project's name. Games
	/// that play at once in one editor get a number behind it.
	UPROPERTY(Config, EditAnywhere, Category = "Connection")
	FString ClientName;

	/// Public key of a runtime on another machine, 40 characters; see docs/network.md.
	UPROPERTY(Config, EditAnywhere, Category = "Connection")
	FString ServerKey;

	/// This game's key file as `echo-runtime keys new` writes it. Never ship one with a game.
	UPROPERTY(Config, EditAnywhere, Category = "Connection")
	FFilePath KeyFile;

	/// Plain traffic to another machine: for development in one's own network only.
	UPROPERTY(Config, EditAnywhere, Category = "Connection")
	bool bInsecureLan = false;

	/// File of libzmq. Empty: the one in the plugin's folder, where `echo-runtime plugin install` places it, else the system's.
	UPROPERTY(Config, EditAnywhere, Category = "Connection")
	FFilePath ZmqLibrary;

	/// Starts the runtime with the game, and again when it ends, unless one answers already.
	UPROPERTY(Config, EditAnywhere, Category = "Runtime Process")
	bool bStartRuntime = true;

	/// The program `echo-runtime`. Relative: to the project's folder, also of a packaged game. Empty: looked for there and on
	/// the PATH.
	UPROPERTY(Config, EditAnywhere, Category = "Runtime Process", meta = (EditCondition = "bStartRuntime"))
	FFilePath RuntimeProgram;

	/// What follows the program; the control port is appended.
	UPROPERTY(Config, EditAnywhere, Category = "Runtime Process", meta = (EditCondition = "bStartRuntime"))
	FString RuntimeArguments = TEXT("run --player engine --voice engine --headless");

	/// Keeps the runtime between two plays in the editor: loading its models takes seconds.
	UPROPERTY(Config, EditAnywhere, Category = "Runtime Process", meta = (EditCondition = "bStartRuntime"))
	bool bKeepInEditor = true;

	/// NPCs pause while the window has no focus.
	UPROPERTY(Config, EditAnywhere, Category = "Game")
	bool bPauseUnfocused = false;

	/// Milliseconds from a sample that the engine has taken to the player's ear; lips wait for it.
	UPROPERTY(Config, EditAnywhere, Category = "Game", meta = (ClampMin = "0", ClampMax = "500"))
	int32 OutputDelayMs = 40;

	virtual FName GetCategoryName() const override;
};
