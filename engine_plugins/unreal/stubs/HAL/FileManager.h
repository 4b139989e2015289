// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/Core/IFileManager
class IFileManager {
public:
    static IFileManager& Get();
    virtual bool FileExists(const TCHAR*);
    virtual bool MakeDirectory(const TCHAR* Path, bool Tree = false);
    virtual void FindFiles(TArray<FString>& Result, const TCHAR* Filename, bool Files, bool Directories);
};
