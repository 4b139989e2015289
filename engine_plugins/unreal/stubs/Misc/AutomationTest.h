// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/EAutomationTestFlags__Type
struct EAutomationTestFlags {
    enum Type { ProductFilter = 1, EditorContext = 2 };
};

// page: API/Runtime/Core/FAutomationSpecBase
class FAutomationSpecBase {
public:
    void Describe(const char*, TFunction<void()>);
    void It(const char*, TFunction<void()>);
    void BeforeEach(TFunction<void()>);
    void AddExpectedError(FString);
    bool TestTrue(const TCHAR*, bool);
    bool TestFalse(const TCHAR*, bool);
    template <class T>
    bool TestNull(const TCHAR*, const T*);
    template <class T>
    bool TestNotNull(const TCHAR*, const T*);
    bool TestEqual(const TCHAR*, int32, int32);
};
#define BEGIN_DEFINE_SPEC(Class, Name, Flags)                     \
    class Class : public FAutomationSpecBase {                    \
        static constexpr int StubFlags = static_cast<int>(Flags); \
        void Define();
#define END_DEFINE_SPEC(Class) \
    }                          \
    ;
