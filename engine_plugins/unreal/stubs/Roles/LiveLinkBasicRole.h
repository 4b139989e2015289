// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include "CoreMinimal.h"

// page: API/Runtime/LiveLinkInterface/ULiveLinkRole
class ULiveLinkRole : public UObject {};
// page: API/Runtime/LiveLinkInterface/ULiveLinkBasicRole
class ULiveLinkBasicRole : public ULiveLinkRole {};
