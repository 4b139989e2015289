// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/LiveLinkInterface/FLiveLinkSubjectName
struct FLiveLinkSubjectName {
    FLiveLinkSubjectName(FName);
};
// page: API/Runtime/LiveLinkInterface/FLiveLinkSubjectKey
struct FLiveLinkSubjectKey {
    FLiveLinkSubjectKey(FGuid InSource, FLiveLinkSubjectName InSubjectName);
};

// page: API/Runtime/LiveLinkInterface/FLiveLinkStaticDataStruct
class FLiveLinkStaticDataStruct {
public:
    FLiveLinkStaticDataStruct() = default;
    explicit FLiveLinkStaticDataStruct(const UScriptStruct*);
    FLiveLinkStaticDataStruct(FLiveLinkStaticDataStruct&&);
    template <class T>
    T* Cast();
};
// page: API/Runtime/LiveLinkInterface/FLiveLinkFrameDataStruct
class FLiveLinkFrameDataStruct {
public:
    FLiveLinkFrameDataStruct() = default;
    explicit FLiveLinkFrameDataStruct(const UScriptStruct*);
    FLiveLinkFrameDataStruct(FLiveLinkFrameDataStruct&&);
    template <class T>
    T* Cast();
};

// page: API/Runtime/LiveLinkInterface/FLiveLinkWorldTime
struct FLiveLinkWorldTime {
    FLiveLinkWorldTime& operator=(double);
};
// page: API/Runtime/LiveLinkInterface/FLiveLinkBaseStaticData
struct FLiveLinkBaseStaticData {
    TArray<FName> PropertyNames;
    static UScriptStruct* StaticStruct();
};
// page: API/Runtime/LiveLinkInterface/FLiveLinkBaseFrameData
struct FLiveLinkBaseFrameData {
    FLiveLinkWorldTime WorldTime;
    TArray<float> PropertyValues;
    static UScriptStruct* StaticStruct();
};
// page: API/Runtime/LiveLinkInterface/FLiveLinkSubjectFrameData
struct FLiveLinkSubjectFrameData {
    FLiveLinkStaticDataStruct StaticData;
    FLiveLinkFrameDataStruct FrameData;
};
