// What an executable asks of the heap, through operator new: linking this replaces it.
//
// Thread safety: none; for tests of one thread.
#ifndef SHOAL_TESTS_SUPPORT_LARGEST_ALLOCATION_H_
#define SHOAL_TESTS_SUPPORT_LARGEST_ALLOCATION_H_

#include <cstddef>

namespace shoal {

// Forgets what was asked for so far.
void ResetLargestAllocation();

// Bytes of the largest allocation since then.
size_t LargestAllocation();

}  // namespace shoal

#endif  // SHOAL_TESTS_SUPPORT_LARGEST_ALLOCATION_H_
