// Settings of glibc's malloc for processes that send and receive messages of megabytes.
#ifndef SHOAL_COMMON_BASE_TUNE_ALLOCATOR_H_
#define SHOAL_COMMON_BASE_TUNE_ALLOCATOR_H_

namespace shoal {

// Keeps freed memory in the process instead of giving pages back and faulting them in again for the next message, which
// otherwise costs more than the copy. Called first thing in main.
void TuneAllocator();

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_TUNE_ALLOCATOR_H_
