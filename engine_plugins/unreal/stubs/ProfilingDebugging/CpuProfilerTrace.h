// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

// header: Runtime/Core/Public/ProfilingDebugging/CpuProfilerTrace.h
#define TRACE_CPUPROFILER_EVENT_SCOPE(Name)
