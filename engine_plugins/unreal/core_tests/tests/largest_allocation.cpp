#include "largest_allocation.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

thread_local size_t largest = 0;

[[maybe_unused]] void* allocate(size_t size) {
    largest = std::max(largest, size);
    void* memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) std::abort();
    return memory;
}

}  // namespace

size_t take_largest_allocation() {
    const size_t found = largest;
    largest = 0;
    return found;
}

// a sanitizer has an allocator of its own, which must see every piece
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

void* operator new(size_t size) {
    return allocate(size);
}
void* operator new[](size_t size) {
    return allocate(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
    std::free(memory);
}

#endif
