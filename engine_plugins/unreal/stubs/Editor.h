// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Engine/Engine.h"

class AActor;

// page: API/Editor/UnrealEd/UEditorEngine
class UEditorEngine : public UObject {
public:
    FWorldContext& GetEditorWorldContext(bool bEnsureIsGWorld = false);
    virtual void SelectNone(bool bNoteSelectionChange, bool bDeselectBSPSurfs, bool WarnAboutManyActors = true);
    virtual void SelectActor(AActor*, bool bInSelected, bool bNotify, bool bSelectEvenIfHidden = false);
};
extern UEditorEngine* GEditor;
