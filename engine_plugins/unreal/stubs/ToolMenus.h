// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "Framework/Commands/UIAction.h"
#include "Textures/SlateIcon.h"

// page: API/Developer/ToolMenus/FToolMenuSection
struct FToolMenuSection {
    void AddMenuEntry(const FName, const FText& Label, const FText& ToolTip, const FSlateIcon&, const FUIAction&);
};
// page: API/Developer/ToolMenus/UToolMenu
class UToolMenu {
public:
    FToolMenuSection& AddSection(const FName, const FText&);
};
// page: API/Developer/ToolMenus/FToolMenuOwnerScoped
class FToolMenuOwnerScoped {
public:
    FToolMenuOwnerScoped(void*);
};
// page: API/Developer/ToolMenus/UToolMenus
class UToolMenus {
public:
    static UToolMenus* Get();
    static FDelegateHandle RegisterStartupCallback(const FSimpleMulticastDelegate::FDelegate&);
    static void UnRegisterStartupCallback(const void*);
    static void UnregisterOwner(void*);
    UToolMenu* ExtendMenu(const FName);
};
