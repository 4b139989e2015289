// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.

#include "Editor.h"
#include "EchoDemoNpc.h"
#include "EchoHeadCapture.h"
#include "EchoLog.h"
#include "Engine/World.h"
#include "Framework/Commands/UIAction.h"
#include "LevelEditorViewport.h"
#include "Modules/ModuleManager.h"
#include "Textures/SlateIcon.h"
#include "ToolMenus.h"

/// Two entries in the Tools menu: a first NPC, and a camera for head capture, both before the viewport's eye.
class FEchoRuntimeEditorModule : public IModuleInterface
{
public:
	virtual void StartupModule() override
	{
		UToolMenus::RegisterStartupCallback(
			FSimpleMulticastDelegate::FDelegate::CreateRaw(this, &FEchoRuntimeEditorModule::AddMenu));
	}

	virtual void ShutdownModule() override
	{
		UToolMenus::UnRegisterStartupCallback(this);
		UToolMenus::UnregisterOwner(this);
	}

private:
	void AddMenu()
	{
		FToolMenuOwnerScoped Owner(this);
		UToolMenu* Menu = UToolMenus::Get()->ExtendMenu("LevelEditor.MainMenu.Tools");
		FToolMenuSection& Section = Menu->AddSection("EchoRuntime", FText::FromString(TEXT("Echo Runtime")));
		Section.AddMenuEntry("EchoPlaceNpc", FText::FromString(TEXT("Place an Echo NPC")),
			FText::FromString(TEXT("Puts an NPC that listens and speaks into the open level.")), FSlateIcon(),
			FUIAction(FExecuteAction::CreateStatic(&FEchoRuntimeEditorModule::Place<AEchoDemoNpc>)));
		Section.AddMenuEntry("EchoPlaceCapture", FText::FromString(TEXT("Place an Echo Head Capture")),
			FText::FromString(TEXT("Takes pictures of a character, from which an avatar can be trained.")),
			FSlateIcon(), FUIAction(FExecuteAction::CreateStatic(&FEchoRuntimeEditorModule::Place<AEchoHeadCapture>)));
	}

	template <class ActorType>
	static void Place()
	{
		UWorld* World = GEditor->GetEditorWorldContext().World();
		if (World == nullptr)
		{
			UE_LOG(LogEcho, Warning, TEXT("No level is open: open one first."));
			return;
		}
		FVector Location(200.0, 0.0, 150.0);
		FRotator Rotation(0.0, 180.0, 0.0);
		if (GCurrentLevelEditingViewportClient != nullptr)
		{
			constexpr double Before = 200.0;
			const FRotator View = GCurrentLevelEditingViewportClient->GetViewRotation();
			Location = GCurrentLevelEditingViewportClient->GetViewLocation() + Before * View.Vector();
			Rotation = FRotator(0.0, View.Yaw + 180.0, 0.0);
		}
		ActorType* Placed = World->SpawnActor<ActorType>(Location, Rotation);
		if (Placed != nullptr)
		{
			GEditor->SelectNone(true, true);
			GEditor->SelectActor(Placed, true, true);
		}
	}
};

IMPLEMENT_MODULE(FEchoRuntimeEditorModule, EchoRuntimeEditor)
