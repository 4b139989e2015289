// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Stub/Math.h"
#include "Stub/Text.h"

// header: Runtime/CoreUObject/Public/UObject/ObjectMacros.h
#define UCLASS(...)
#define USTRUCT(...)
#define UENUM(...)
#define UPROPERTY(...)
#define UFUNCTION(...)
// The header tool writes one macro for each class into NAME.generated.h, found by file and line; so does the check.
#define STUB_JOIN_(A, B, C) A##B##C
#define STUB_JOIN(A, B, C) STUB_JOIN_(A, B, C)
#define GENERATED_BODY() STUB_JOIN(CURRENT_FILE_ID, __LINE__, _GENERATED_BODY)

class UWorld;

// page: API/Runtime/CoreUObject/UClass
class UClass {};
// page: API/Runtime/CoreUObject/UScriptStruct
class UScriptStruct {};

// page: API/Runtime/CoreUObject/UObject
class UObject {
public:
    virtual ~UObject() = default;
    FString GetName() const;
    FName GetFName() const;
    virtual UWorld* GetWorld() const;
    virtual void BeginDestroy();
    virtual bool Modify(bool bAlwaysMarkDirty = true);
    static UClass* StaticClass();
};

// page: API/Runtime/CoreUObject/TObjectPtr
template <class T>
class TObjectPtr {
public:
    TObjectPtr() = default;
    TObjectPtr(T*);
    TObjectPtr(std::nullptr_t);
    T* Get() const;
    T* operator->() const;
    operator T*() const;
};

// page: API/Runtime/CoreUObject/TWeakObjectPtr
template <class T>
class TWeakObjectPtr {
public:
    TWeakObjectPtr() = default;
    TWeakObjectPtr(T*);
    T* Get() const;
    T* operator->() const;
    bool IsValid() const;
};

// page: API/Runtime/CoreUObject/TSubclassOf
template <class T>
class TSubclassOf {
public:
    TSubclassOf(UClass*);
};

// page: API/Runtime/CoreUObject/GetDefault
template <class T>
const T* GetDefault();
// page: API/Runtime/CoreUObject/NewObject
template <class T>
T* NewObject(UObject* Outer = nullptr);

extern bool GIsEditor;

// page: API/Runtime/Engine/FFilePath
struct FFilePath {
    FString FilePath;
};
// page: API/Runtime/Engine/FDirectoryPath
struct FDirectoryPath {
    FString Path;
};
