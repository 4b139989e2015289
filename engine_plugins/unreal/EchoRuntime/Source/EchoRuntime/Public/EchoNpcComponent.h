// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <memory>
#include <vector>

#include "Components/ActorComponent.h"
#include "CoreMinimal.h"
#include "EchoCore/Game/Attentiveness.h"
#include "EchoCore/Game/FaceShow.h"
#include "EchoCore/Game/GamePause.h"
#include "EchoCore/Game/NpcPresence.h"
#include "EchoCore/Speaker.h"

#include "EchoNpcComponent.generated.h"

class UEchoFaceTexture;
class UEchoSpeechLine;
class UEchoSubsystem;
class UMaterialInstanceDynamic;
class USoundWave;

DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FEchoNpcOpened, int32, Width, int32, Height);
DECLARE_DYNAMIC_MULTICAST_DELEGATE(FEchoFirstPicture);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_ThreeParams(
	FEchoSpeechEnded, int32, Utterance, bool, bCompleted, const FString&, Code);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FEchoNpcEvent, FName, Event, const FString&, Detail);
DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(FEchoNpcFailed, const FString&, Code, const FString&, Text);
DECLARE_MULTICAST_DELEGATE_OneParam(FEchoAdvanced, class UEchoNpcComponent&);

/// One NPC of the runtime: opens it, shows its face as a texture, and gives it commands. Voice, curves and the player's
/// side are components of their own on the same actor. All nodes and delegates are of the game thread; none waits.
UCLASS(ClassGroup = (Echo), meta = (BlueprintSpawnableComponent, DisplayName = "Echo NPC"))
class ECHORUNTIME_API UEchoNpcComponent : public UActorComponent
{
	GENERATED_BODY()

public:
	UEchoNpcComponent();

	/// The NPC's name in the runtime: 1 to 64 of letters, digits, '_', '.' and '-'.
	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	FString Npc = TEXT("mira");

	/// The avatar that it wears; empty: the one of its own name.
	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	FString Avatar;

	UPROPERTY(EditAnywhere, BlueprintReadOnly, Category = "Echo")
	bool bOpenOnBeginPlay = true;

	/// Tells the runtime how much the first player looks at this NPC, by the angle of the player's view to its
	/// actor's eyes (of a pawn; of another actor to its location).
	UPROPERTY(EditAnywhere, BlueprintReadWrite, Category = "Echo")
	bool bAttentionFromView = true;

	/// Called when the runtime has opened the NPC; again after each restart of the runtime.
	UPROPERTY(BlueprintAssignable, Category = "Echo")
	FEchoNpcOpened OnOpened;
	/// Called with the first picture after each opening.
	UPROPERTY(BlueprintAssignable, Category = "Echo")
	FEchoFirstPicture OnFirstPicture;
	/// Called when an utterance has been heard to its end, or was cut off; the code says by what.
	UPROPERTY(BlueprintAssignable, Category = "Echo")
	FEchoSpeechEnded OnSpeechEnded;
	/// Called with every event of the NPC (bridge/PROTOCOL.md, "event"); the detail is its first text or number.
	UPROPERTY(BlueprintAssignable, Category = "Echo")
	FEchoNpcEvent OnEvent;
	/// Called when the runtime refuses a command.
	UPROPERTY(BlueprintAssignable, Category = "Echo")
	FEchoNpcFailed OnFailed;

	UFUNCTION(BlueprintCallable, Category = "Echo")
	void Open();
	/// Leaves the NPC; it stays open in the runtime, with its memory.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void Close();

	/// Says a sound of the engine. Returns the utterance's number, 0 if it cannot be said. In the editor only: see Speak Line.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	int32 SpeakSound(USoundWave* Sound, const FString& Text);
	UFUNCTION(BlueprintCallable, Category = "Echo")
	int32 SpeakLine(UEchoSpeechLine* Line);
	/// Says samples in [-1, 1], interleaved, of 8000 to 192000 Hz and 1 to 8 channels.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	int32 SpeakSamples(const TArray<float>& Samples, int32 SampleRate, int32 Channels, const FString& Text);
	/// Says a text with the runtime's voice for text; On Failed with `unsupported` where it was started without
	/// --voice-for-text.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void SpeakText(const FString& Text, const FString& Voice);
	/// Cuts the NPC off: whatever it was about to say is dropped, and its face reacts.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void Interrupt();

	/// Emotion by name, as "happy"; intensity from 0 to 1.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void SetEmotion(const FString& Name, float Intensity);
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void SetThinking(bool bThinking);
	/// How much the player looks at this NPC; 1 = into its eyes. From then on the view is not followed by itself.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void SetAttention(float Share);
	/// A turn of the dialogue as text. Speaker: "player", or an NPC's name.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void SayText(const FString& Speaker, const FString& Text);
	/// A file name in the runtime's own memory folder.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void SaveMemory(const FString& File);
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void LoadMemory(const FString& File);
	/// Pauses this NPC, besides the game's own pause.
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void SetPaused(bool bPaused);

	/// The face; the same object for the component's whole life.
	UFUNCTION(BlueprintPure, Category = "Echo")
	UEchoFaceTexture* GetFace() const { return Face; }
	/// Gives a material the newest picture from now on, and the camera and head pose that a projecting material needs:
	/// vectors `EchoCamera` (1 / tan(fov/2), metres, aspect, known), `EchoHead` (x, y, z, w), `EchoPosition` (metres).
	UFUNCTION(BlueprintCallable, Category = "Echo")
	void AddMaterial(UMaterialInstanceDynamic* Material, FName TextureParameter);

	UFUNCTION(BlueprintPure, Category = "Echo")
	bool IsOpen() const { return Presence.open(); }
	/// Milliseconds from the runtime's publishing of the newest picture to its upload; -1 before the first.
	UFUNCTION(BlueprintPure, Category = "Echo")
	float GetLatencyMs() const { return LatencyMs; }

	const FString& GetNpcName() const { return JoinedName; }
	/// nullptr while the NPC is not joined.
	const echo::FaceShow* GetShow() const { return Show.get(); }
	const std::shared_ptr<echo::NpcFeed>& GetFeed() const { return Feed; }
	bool IsStill() const { return Pause.still(); }
	/// After each step, for the components beside this one.
	FEchoAdvanced OnAdvanced;

	// By the subsystem.
	void Advance(int64 NowUs);
	void Read(const echo::Notice& Notice);
	void Lose();

	virtual void BeginPlay() override;
	virtual void EndPlay(const EEndPlayReason::Type Reason) override;

private:
	template <class CommandType>
	void Send(CommandType Command);
	int32 Speak(std::vector<int16_t>&& Samples, const FString& Text);
	void TellPause(echo::GamePause::Send What);
	void TellAttention(int64 OurUs);
	void TickSpeech(int64 OurUs);
	void ShowPicture(int64 NowUs);
	void ReadEvents();
	void TellSpeechEnd(int32 Utterance, const std::string& Failure);

	struct FUtterance
	{
		int32 Number;
		std::unique_ptr<echo::Speaker> Speaker;
	};

	UPROPERTY(Transient)
	TObjectPtr<UEchoFaceTexture> Face;
	UPROPERTY(Transient)
	TArray<TObjectPtr<UMaterialInstanceDynamic>> Materials;
	TArray<FName> TextureParameters;

	TWeakObjectPtr<UEchoSubsystem> Subsystem;
	FString JoinedName;
	std::shared_ptr<echo::NpcFeed> Feed;
	std::unique_ptr<echo::FaceShow> Show;
	echo::NpcPresence Presence;
	echo::GamePause Pause;
	echo::Attentiveness Looks;
	std::vector<FUtterance> Utterances;
	TSet<uint64> Commands;
	int32 LastUtterance = 0;
	float LatencyMs = -1.0f;
	bool bAskedToPause = false;
	bool bFirstPictureDue = false;
};
