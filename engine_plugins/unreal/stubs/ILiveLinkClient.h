// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "ILiveLinkSource.h"
#include "LiveLinkTypes.h"

class ULiveLinkRole;

// page: API/Runtime/LiveLinkInterface/ILiveLinkClient
class ILiveLinkClient {
public:
    static FName ModularFeatureName;
    virtual FGuid AddSource(TSharedPtr<ILiveLinkSource>);
    virtual void RemoveSource(FGuid);
    virtual void PushSubjectStaticData_AnyThread(const FLiveLinkSubjectKey&, TSubclassOf<ULiveLinkRole>,
                                                 FLiveLinkStaticDataStruct&&);
    virtual void PushSubjectFrameData_AnyThread(const FLiveLinkSubjectKey&, FLiveLinkFrameDataStruct&&);
    virtual bool EvaluateFrame_AnyThread(FLiveLinkSubjectName, TSubclassOf<ULiveLinkRole>, FLiveLinkSubjectFrameData&);
};
