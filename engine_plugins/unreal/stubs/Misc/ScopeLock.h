// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "HAL/CriticalSection.h"

// page: API/Runtime/Core/FScopeLock
class FScopeLock {
public:
    FScopeLock(FCriticalSection*);
    ~FScopeLock();
};
