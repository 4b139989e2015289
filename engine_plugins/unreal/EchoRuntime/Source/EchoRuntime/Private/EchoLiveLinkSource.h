// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

#include <vector>

#include "CoreMinimal.h"
#include "ILiveLinkSource.h"

class ILiveLinkClient;

/// NPCs as subjects of Live Link, of the role Basic: the 52 coefficients under ARKit's names beginning with a capital, as the
/// app Live Link Face names them, and HeadYaw, HeadPitch, HeadRoll in radians. Game thread.
class FEchoLiveLinkSource : public ILiveLinkSource, public TSharedFromThis<FEchoLiveLinkSource>
{
public:
	/// Adds a source to the engine's Live Link client; nullptr where there is none.
	static TSharedPtr<FEchoLiveLinkSource> Add(const FString& Game);

	explicit FEchoLiveLinkSource(const FString& InGame) : Game(InGame) {}

	/// Sends a subject's coefficients, in the order of `arkit_names`.
	void Push(FName Subject, const std::vector<float>& Values, const FRotator& Head);
	/// Takes the source out of the client.
	void Remove();

	// ILiveLinkSource
	virtual void ReceiveClient(ILiveLinkClient* InClient, FGuid InSourceGuid) override;
	virtual bool IsSourceStillValid() const override;
	virtual bool RequestSourceShutdown() override;
	virtual FText GetSourceType() const override;
	virtual FText GetSourceMachineName() const override;
	virtual FText GetSourceStatus() const override;

private:
	FString Game;
	ILiveLinkClient* Client = nullptr;
	FGuid Guid;
	TSet<FName> Described;
};
