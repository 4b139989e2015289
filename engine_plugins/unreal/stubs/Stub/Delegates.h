// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Stub/Platform.h"

// page: API/Runtime/Core/FDelegateHandle
class FDelegateHandle {
public:
    bool IsValid() const;
    void Reset();
};

// page: API/Runtime/Core/TDelegate
template <class Signature>
class TDelegate;
template <class Result, class... Args>
class TDelegate<Result(Args...)> {
public:
    template <class T>
    static TDelegate CreateUObject(T*, Result (T::*)(Args...));
    template <class T>
    static TDelegate CreateRaw(T*, Result (T::*)(Args...));
    static TDelegate CreateStatic(Result (*)(Args...));
    template <class Callable>
    void BindLambda(Callable&& Function) {
        std::function<Result(Args...)> Checked = Function;
        (void)Checked;
    }
};

// page: API/Runtime/Core/TMulticastDelegate
template <class Signature>
class TMulticastDelegate;
template <class... Args>
class TMulticastDelegate<void(Args...)> {
public:
    using FDelegate = TDelegate<void(Args...)>;
    template <class T>
    FDelegateHandle AddUObject(T*, void (T::*)(Args...));
    bool Remove(FDelegateHandle);
    void Broadcast(Args...) const;
};
using FSimpleMulticastDelegate = TMulticastDelegate<void()>;

// header: Runtime/Core/Public/Delegates/DelegateCombinations.h
#define DECLARE_MULTICAST_DELEGATE_OneParam(Name, A) using Name = TMulticastDelegate<void(A)>;
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE(Name) \
    struct Name {                                \
        void Broadcast() const;                  \
    };
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_OneParam(Name, A, a) \
    struct Name {                                               \
        void Broadcast(A a) const;                              \
    };
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_TwoParams(Name, A, a, B, b) \
    struct Name {                                                      \
        void Broadcast(A a, B b) const;                                \
    };
#define DECLARE_DYNAMIC_MULTICAST_DELEGATE_ThreeParams(Name, A, a, B, b, C, c) \
    struct Name {                                                              \
        void Broadcast(A a, B b, C c) const;                                   \
    };
