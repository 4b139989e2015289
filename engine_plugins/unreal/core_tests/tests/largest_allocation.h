#pragma once

#include <cstddef>

/// The largest piece of memory that operator new was asked for in this thread since the last call; the count begins
/// anew. 0 under a sanitizer.
size_t take_largest_allocation();
