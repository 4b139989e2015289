#pragma once

#include <cstdint>

namespace live {

/// Bytes that this thread has allocated so far: operator new everywhere, with glibc malloc too, libzmq's included.
/// Never counts down.
uint64_t thread_allocated_bytes();
/// The same of all threads.
uint64_t process_allocated_bytes();
/// Whether anything is counted: not under a sanitizer, which has an allocator of its own.
bool allocations_are_counted();

/// Memory of this process that lies in RAM; 0 where it cannot be known.
uint64_t resident_bytes();

}  // namespace live
