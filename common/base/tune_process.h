// Settings of libraries for processes that send and receive messages of megabytes.
#ifndef SHOAL_COMMON_BASE_TUNE_PROCESS_H_
#define SHOAL_COMMON_BASE_TUNE_PROCESS_H_

namespace shoal {

// Called first thing in main.
//
// glibc's malloc keeps freed memory in the process instead of giving pages back and faulting them in again for the next
// message, which otherwise costs more than the copy. Abseil's mutexes, which gRPC locks dozens of times a call, look
// for no deadlocks in release builds: they do where the library itself was compiled without NDEBUG, as Debian's is.
void TuneProcess();

}  // namespace shoal

#endif  // SHOAL_COMMON_BASE_TUNE_PROCESS_H_
