#include "memory_use.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <psapi.h>  // needs windows.h before it
#elif defined(__linux__)
#include <unistd.h>
#endif

namespace {

thread_local uint64_t of_thread = 0;
std::atomic<uint64_t> of_process{0};

[[maybe_unused]] void count(size_t bytes) {
    of_thread += bytes;
    of_process.fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace

#if !defined(ECHO_NO_ALLOCATION_COUNT)
#if defined(__GLIBC__)
// The program's own malloc comes before the C library's for every library that it loads; operator new ends here too.
// __libc_malloc and its kin are the C library's own, under their second names.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);

void* malloc(size_t size) {
    count(size);
    return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) {
    count(number * size);
    return __libc_calloc(number, size);
}
void* realloc(void* old, size_t size) {
    count(size);
    return __libc_realloc(old, size);
}
}
#else
void* operator new(size_t size) {
    count(size);
    void* memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) std::abort();
    return memory;
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}
#endif
#endif

namespace live {

uint64_t thread_allocated_bytes() {
    return of_thread;
}

uint64_t process_allocated_bytes() {
    return of_process.load(std::memory_order_relaxed);
}

bool allocations_are_counted() {
#if defined(ECHO_NO_ALLOCATION_COUNT)
    return false;
#else
    return true;
#endif
}

uint64_t resident_bytes() {
#if defined(_WIN32)
    PROCESS_MEMORY_COUNTERS counters{};
    return GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) != 0 ? counters.WorkingSetSize : 0;
#elif defined(__linux__)
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    unsigned long long all = 0;
    unsigned long long resident = 0;
    const bool read = file != nullptr && std::fscanf(file, "%llu %llu", &all, &resident) == 2;
    if (file != nullptr) std::fclose(file);
    return read ? resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
#else
    return 0;
#endif
}

}  // namespace live
