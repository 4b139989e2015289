// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#pragma once

/// What the library shows to others. Unreal Build Tool defines the macro for its modules; elsewhere a Windows DLL is
/// built with ECHO_CORE_BUILD_DLL and used with ECHO_CORE_USE_DLL. The interface is C++: both sides need one compiler.
#ifndef ECHOCORE_API
#if defined(_WIN32) && defined(ECHO_CORE_BUILD_DLL)
#define ECHOCORE_API __declspec(dllexport)
#elif defined(_WIN32) && defined(ECHO_CORE_USE_DLL)
#define ECHOCORE_API __declspec(dllimport)
#else
#define ECHOCORE_API
#endif
#endif
