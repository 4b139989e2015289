// Copyright Echo Runtime contributors. MIT License. A stub for compile checks: see README.md.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>
#include <utility>

#include "Stub/Containers.h"
#include "Stub/Delegates.h"
#include "Stub/Log.h"
#include "Stub/Math.h"
#include "Stub/Objects.h"
#include "Stub/Text.h"
