// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

// page: API/Runtime/SlateCore/FSlateIcon
struct FSlateIcon {};
