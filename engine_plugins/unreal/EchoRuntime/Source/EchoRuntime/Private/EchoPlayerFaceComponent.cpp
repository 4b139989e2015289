// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "EchoPlayerFaceComponent.h"

#include "EchoCore/Game/ArkitNames.h"
#include "EchoCore/Game/CurveMapping.h"
#include "EchoCore/Game/EngineAxes.h"
#include "EchoSubsystem.h"
#include "EchoText.h"
#include "Features/IModularFeatures.h"
#include "ILiveLinkClient.h"
#include "LiveLinkTypes.h"
#include "Roles/LiveLinkBasicRole.h"
#include "Roles/LiveLinkBasicTypes.h"

UEchoPlayerFaceComponent::UEchoPlayerFaceComponent()
{
	PrimaryComponentTick.bCanEverTick = true;
	PrimaryComponentTick.bTickEvenWhenPaused = true;
}

bool UEchoPlayerFaceComponent::SendFace(const TMap<FName, float>& Curves, const FRotator& Head, float Validity)
{
	std::vector<std::string> Sources;
	std::vector<float> Given;
	for (const TPair<FName, float>& Curve : Curves)
	{
		Sources.push_back(EchoText::ToUtf8(Curve.Key.ToString()));
		Given.push_back(Curve.Value);
	}
	const std::vector<std::string> Arkit(echo::arkit_names.begin(), echo::arkit_names.end());
	TArray<float> Values;
	Values.SetNumZeroed(static_cast<int32>(Arkit.size()));
	for (size_t Source = 0; Source < Sources.size(); ++Source)
	{
		const std::string Key = echo::CurveMapping::key(Sources[Source]);
		for (size_t Index = 0; Index < Arkit.size(); ++Index)
		{
			if (echo::CurveMapping::key(Arkit[Index]) == Key)
			{
				Values[static_cast<int32>(Index)] = FMath::IsFinite(Given[Source]) ? Given[Source] : 0.0f;
			}
		}
	}
	return SendCurveSet(TEXT("arkit52"), Values, Head, Validity);
}

bool UEchoPlayerFaceComponent::SendCurveSet(
	FName Set, const TArray<float>& Values, const FRotator& Head, float Validity)
{
	UEchoSubsystem* Subsystem = UEchoSubsystem::Of(this);
	echo::Connection* Connection = Subsystem != nullptr ? Subsystem->GetConnection() : nullptr;
	if (Connection == nullptr || Connection->status() != echo::Status::connected)
	{
		return false;
	}
	const FQuat Quat = Head.Quaternion();
	echo::PlayerFace Command;
	Command.curves = EchoText::ToName(Set.ToString());
	Command.count = static_cast<uint32_t>(Values.Num());
	Command.head = echo::from_engine_rotation({Quat.X, Quat.Y, Quat.Z, Quat.W});
	Command.validity = FMath::Clamp(static_cast<double>(Validity), 0.0, 1.0);
	Command.source = "unreal";
	const echo::Outcome Outcome = Connection->send(Command,
		{reinterpret_cast<const uint8_t*>(Values.GetData()), sizeof(float) * static_cast<size_t>(Values.Num())});
	if (!Outcome && Outcome.code() == echo::Code::malformed)
	{
		Subsystem->WarnOnce(EchoText::FromUtf8(std::string(Outcome.sentence())));
	}
	return Outcome.ok();
}

void UEchoPlayerFaceComponent::TickComponent(
	float DeltaTime, ELevelTick TickType, FActorComponentTickFunction* Function)
{
	Super::TickComponent(DeltaTime, TickType, Function);
	Due -= DeltaTime;
	IModularFeatures& Features = IModularFeatures::Get();
	if (LiveLinkSubject.IsNone() || Due > 0.0f ||
		!Features.IsModularFeatureAvailable(ILiveLinkClient::ModularFeatureName))
	{
		return;
	}
	Due = 1.0f / FMath::Max(Rate, 1.0f);
	ILiveLinkClient& Client = Features.GetModularFeature<ILiveLinkClient>(ILiveLinkClient::ModularFeatureName);
	FLiveLinkSubjectFrameData Data;
	TMap<FName, float> Curves;
	FRotator Head = FRotator::ZeroRotator;
	if (Client.EvaluateFrame_AnyThread(FLiveLinkSubjectName(LiveLinkSubject), ULiveLinkBasicRole::StaticClass(), Data))
	{
		const FLiveLinkBaseStaticData* Static = Data.StaticData.Cast<FLiveLinkBaseStaticData>();
		const FLiveLinkBaseFrameData* Frame = Data.FrameData.Cast<FLiveLinkBaseFrameData>();
		const int32 Count = Static != nullptr && Frame != nullptr
			? FMath::Min(Static->PropertyNames.Num(), Frame->PropertyValues.Num())
			: 0;
		for (int32 Index = 0; Index < Count; ++Index)
		{
			Curves.Add(Static->PropertyNames[Index], Frame->PropertyValues[Index]);
		}
		const auto Degrees = [&Curves](const TCHAR* Name)
		{
			const float* Value = Curves.Find(FName(Name));
			return Value != nullptr ? FMath::RadiansToDegrees(static_cast<double>(*Value)) : 0.0;
		};
		Head = FRotator(Degrees(TEXT("HeadPitch")), Degrees(TEXT("HeadYaw")), Degrees(TEXT("HeadRoll")));
	}
	// a subject that is not there says so too: the runtime then knows that nobody is seen
	SendFace(Curves, Head, Curves.IsEmpty() ? 0.0f : 1.0f);
}
