// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/FProcHandle
struct FProcHandle {
    bool IsValid() const;
};

// page: API/Runtime/Core/FGenericPlatformProcess
struct FPlatformProcess {
    static FProcHandle CreateProc(const TCHAR* URL, const TCHAR* Parms, bool bLaunchDetached, bool bLaunchHidden,
                                  bool bLaunchReallyHidden, uint32* OutProcessID, int32 PriorityModifier,
                                  const TCHAR* OptionalWorkingDirectory, void* PipeWriteChild,
                                  void* PipeReadChild = nullptr);
    static void* GetDllHandle(const TCHAR* Filename);
    static bool IsProcRunning(FProcHandle&);
    static void TerminateProc(FProcHandle&, bool KillTree = false);
    static void CloseProc(FProcHandle&);
    static bool GetProcReturnCode(FProcHandle&, int32* ReturnCode);
    static bool CreatePipe(void*& ReadPipe, void*& WritePipe, bool bWritePipeLocal = false);
    static void ClosePipe(void* ReadPipe, void* WritePipe);
    static FString ReadPipe(void* ReadPipe);
};
