// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include <initializer_list>
#include <memory>

#include "Stub/Platform.h"

// page: API/Runtime/Core/TArray
template <class T>
class TArray {
public:
    TArray() = default;
    TArray(const T* Data, int32 Count);
    TArray(std::initializer_list<T>);
    int32 Num() const;
    bool IsEmpty() const;
    T* GetData();
    const T* GetData() const;
    T& operator[](int32);
    const T& operator[](int32) const;
    int32 Add(const T&);
    int32 AddUnique(const T&);
    T& AddDefaulted_GetRef();
    void Append(const TArray&);
    void Append(std::initializer_list<T>);
    int32 Insert(const T&, int32);
    void Init(const T&, int32);
    void Reset();
    int32 Remove(const T&);
    void RemoveAt(int32);
    bool Contains(const T&) const;
    void SetNumZeroed(int32);
    void Sort();
    T* begin();
    T* end();
    const T* begin() const;
    const T* end() const;
};

// page: API/Runtime/Core/TArray64
template <class T>
class TArray64 {
public:
    T* GetData();
    int64 Num() const;
};

// page: API/Runtime/Core/TArrayView64
template <class T>
class TArrayView64 {
public:
    TArrayView64(const std::remove_const_t<T>*, int64);
};

// page: API/Runtime/Core/TPair
template <class K, class V>
struct TPair {
    K Key;
    V Value;
};

// page: API/Runtime/Core/TMap
template <class K, class V>
class TMap {
public:
    V& Add(const K&, const V&);
    V* Find(const K&);
    const V* Find(const K&) const;
    int32 Remove(const K&);
    void Reset();
    bool IsEmpty() const;
    TPair<K, V>* begin();
    TPair<K, V>* end();
    const TPair<K, V>* begin() const;
    const TPair<K, V>* end() const;
};

// page: API/Runtime/Core/TSet
template <class T>
class TSet {
public:
    void Add(const T&);
    int32 Remove(const T&);
    bool Contains(const T&) const;
    void Reset();
};

// page: API/Runtime/Core/ESPMode
enum class ESPMode : uint8 { NotThreadSafe, ThreadSafe };

// page: API/Runtime/Core/TSharedPtr
template <class T, ESPMode Mode = ESPMode::ThreadSafe>
class TSharedPtr {
public:
    TSharedPtr() = default;
    TSharedPtr(std::nullptr_t) {}
    template <class U>
    TSharedPtr(const TSharedPtr<U, Mode>&);
    bool IsValid() const;
    T* operator->() const;
    T* Get() const;
    void Reset();
};

// page: API/Runtime/Core/TSharedRef
template <class T, ESPMode Mode = ESPMode::ThreadSafe>
class TSharedRef {
public:
    T* operator->() const;
    operator TSharedPtr<T, Mode>() const;
};

// page: API/Runtime/Core/MakeShared
template <class T, ESPMode Mode = ESPMode::ThreadSafe, class... Args>
TSharedRef<T, Mode> MakeShared(Args&&... Arguments) {
    (void)sizeof(T(std::forward<Args>(Arguments)...));
    return {};
}

// page: API/Runtime/Core/TSharedFromThis
template <class T, ESPMode Mode = ESPMode::ThreadSafe>
class TSharedFromThis {};

// page: API/Runtime/Core/TFunction
template <class Signature>
using TFunction = std::function<Signature>;
