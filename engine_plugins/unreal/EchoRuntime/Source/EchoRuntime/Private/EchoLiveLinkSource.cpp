// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoLiveLinkSource.h"

#include "EchoCore/Game/ArkitNames.h"
#include "EchoLog.h"
#include "Features/IModularFeatures.h"
#include "HAL/PlatformTime.h"
#include "ILiveLinkClient.h"
#include "LiveLinkTypes.h"
#include "Roles/LiveLinkBasicRole.h"
#include "Roles/LiveLinkBasicTypes.h"

namespace
{
	ILiveLinkClient* FindClient()
	{
		IModularFeatures& Features = IModularFeatures::Get();
		return Features.IsModularFeatureAvailable(ILiveLinkClient::ModularFeatureName)
			? &Features.GetModularFeature<ILiveLinkClient>(ILiveLinkClient::ModularFeatureName)
			: nullptr;
	}
}

TSharedPtr<FEchoLiveLinkSource> FEchoLiveLinkSource::Add(const FString& Game)
{
	ILiveLinkClient* Client = FindClient();
	if (Client == nullptr)
	{
		return nullptr;
	}
	TSharedPtr<FEchoLiveLinkSource> Source = MakeShared<FEchoLiveLinkSource>(Game);
	Client->AddSource(Source);
	return Source;
}

void FEchoLiveLinkSource::Remove()
{
	if (Client != nullptr && FindClient() == Client)
	{
		Client->RemoveSource(Guid);
	}
	Client = nullptr;
}

void FEchoLiveLinkSource::Push(FName Subject, const std::vector<float>& Values, const FRotator& Head)
{
	if (Client == nullptr || Values.size() != echo::arkit_names.size())
	{
		return;
	}
	const FLiveLinkSubjectKey Key(Guid, Subject);
	if (!Described.Contains(Subject))
	{
		Described.Add(Subject);
		FLiveLinkStaticDataStruct Static(FLiveLinkBaseStaticData::StaticStruct());
		TArray<FName>& Names = Static.Cast<FLiveLinkBaseStaticData>()->PropertyNames;
		for (const char* Name : echo::arkit_names)
		{
			FString Spelt = UTF8_TO_TCHAR(Name);
			Spelt[0] = FChar::ToUpper(Spelt[0]);
			Names.Add(FName(*Spelt));
		}
		Names.Append({FName(TEXT("HeadYaw")), FName(TEXT("HeadPitch")), FName(TEXT("HeadRoll"))});
		Client->PushSubjectStaticData_AnyThread(Key, ULiveLinkBasicRole::StaticClass(), MoveTemp(Static));
	}
	FLiveLinkFrameDataStruct Frame(FLiveLinkBaseFrameData::StaticStruct());
	FLiveLinkBaseFrameData* Data = Frame.Cast<FLiveLinkBaseFrameData>();
	Data->WorldTime = FPlatformTime::Seconds();
	Data->PropertyValues = TArray<float>(Values.data(), static_cast<int32>(Values.size()));
	Data->PropertyValues.Add(static_cast<float>(FMath::DegreesToRadians(Head.Yaw)));
	Data->PropertyValues.Add(static_cast<float>(FMath::DegreesToRadians(Head.Pitch)));
	Data->PropertyValues.Add(static_cast<float>(FMath::DegreesToRadians(Head.Roll)));
	Client->PushSubjectFrameData_AnyThread(Key, MoveTemp(Frame));
}

void FEchoLiveLinkSource::ReceiveClient(ILiveLinkClient* InClient, FGuid InSourceGuid)
{
	Client = InClient;
	Guid = InSourceGuid;
}

bool FEchoLiveLinkSource::IsSourceStillValid() const
{
	return Client != nullptr;
}

bool FEchoLiveLinkSource::RequestSourceShutdown()
{
	Client = nullptr;
	return true;
}

FText FEchoLiveLinkSource::GetSourceType() const
{
	return FText::FromString(TEXT("Echo Runtime"));
}

FText FEchoLiveLinkSource::GetSourceMachineName() const
{
	return FText::FromString(Game);
}

FText FEchoLiveLinkSource::GetSourceStatus() const
{
	return FText::FromString(Client != nullptr ? TEXT("Active") : TEXT("Ended"));
}
