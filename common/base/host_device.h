// SHOAL_HOST_DEVICE: a function for the CPU and, where nvcc compiles it, for the GPU. Nothing to the other compilers,
// so a header that uses it needs no CUDA.
//
// Such functions are compiled with -ffp-contract=off on the CPU and --fmad=false on the GPU: products and sums fuse
// only where the source says so, on both.
#ifndef SHOAL_COMMON_BASE_HOST_DEVICE_H_
#define SHOAL_COMMON_BASE_HOST_DEVICE_H_

#ifdef __CUDACC__
#define SHOAL_HOST_DEVICE __host__ __device__
#else
#define SHOAL_HOST_DEVICE
#endif

#endif  // SHOAL_COMMON_BASE_HOST_DEVICE_H_
