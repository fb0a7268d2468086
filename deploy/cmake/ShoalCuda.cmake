# CUDA and NCCL, for the worker alone: found, not assumed. Sets SHOAL_HAVE_CUDA.
#
#   SHOAL_CUDA=AUTO  built where nvcc is found (default)
#   SHOAL_CUDA=ON    an error where something is missing
#   SHOAL_CUDA=OFF   not looked for
#
# CMAKE_CUDA_ARCHITECTURES says for which GPUs: by default machine code for compute capability 8.0 and 9.0, and PTX that
# the driver compiles for younger ones.
set(SHOAL_CUDA AUTO CACHE STRING "CUDA worker: AUTO (where nvcc is found), ON or OFF")
set_property(CACHE SHOAL_CUDA PROPERTY STRINGS AUTO ON OFF)
set(SHOAL_HAVE_CUDA OFF)

# Without CUDA; an error if it was asked for.
macro(shoal_no_cuda WHY)
  if(SHOAL_CUDA STREQUAL "ON")
    message(FATAL_ERROR "SHOAL_CUDA=ON, but ${WHY}. Install it (docs/gpu.md), or build the CPU worker: -DSHOAL_CUDA=OFF")
  endif()
  message(STATUS "CUDA: no (${WHY}): shoal-worker computes on the CPU alone")
  return()
endmacro()

if(NOT SHOAL_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "SHOAL_CUDA is '${SHOAL_CUDA}', expected AUTO, ON or OFF")
endif()
if(SHOAL_CUDA STREQUAL "OFF")
  shoal_no_cuda("SHOAL_CUDA=OFF")
endif()
if(SHOAL_SANITIZE)
  shoal_no_cuda("a build with SHOAL_SANITIZE=${SHOAL_SANITIZE} has none")
endif()

find_program(SHOAL_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin)
if(NOT SHOAL_NVCC AND NOT CMAKE_CUDA_COMPILER)
  shoal_no_cuda("nvcc was not found in PATH, CUDA_HOME or /usr/local/cuda")
endif()
# NVIDIA's archives put NCCL with CUDA, its Debian packages with the system's libraries.
find_path(SHOAL_NCCL_INCLUDE_DIR nccl.h HINTS ENV NCCL_HOME ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES include)
find_library(SHOAL_NCCL_LIBRARY nccl HINTS ENV NCCL_HOME ENV CUDA_HOME PATHS /usr/local/cuda
             PATH_SUFFIXES lib64 lib targets/x86_64-linux/lib)
if(NOT SHOAL_NCCL_INCLUDE_DIR OR NOT SHOAL_NCCL_LIBRARY)
  shoal_no_cuda("NCCL (nccl.h, libnccl) was not found in the system, NCCL_HOME, CUDA_HOME or /usr/local/cuda")
endif()

if(NOT CMAKE_CUDA_COMPILER)
  set(ENV{CUDACXX} ${SHOAL_NVCC})
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    shoal_no_cuda("${SHOAL_NVCC} does not compile: see ${PROJECT_BINARY_DIR}/CMakeFiles/CMakeError.log")
  endif()
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90-real 90-virtual)
endif()
if(SHOAL_CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${SHOAL_CCACHE})
endif()
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
if(NOT TARGET CUDA::cublasLt)
  shoal_no_cuda("CUDA ${CUDAToolkit_VERSION} in ${CUDAToolkit_LIBRARY_DIR} has no cuBLAS")
endif()
# nvcc takes C++20 since version 12; CMake 3.25 does not know it yet.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)

add_library(shoal_nccl INTERFACE)
target_include_directories(shoal_nccl SYSTEM INTERFACE ${SHOAL_NCCL_INCLUDE_DIR})
target_link_libraries(shoal_nccl INTERFACE ${SHOAL_NCCL_LIBRARY})

# Flags of CUDA sources. As shoal_options for the rest: a product and a sum fuse only where the source says so (fma),
# quotients and roots are IEEE's and subnormal numbers stay, so that the device's row arithmetic gives the CPU's bits.
# -lineinfo: compute-sanitizer and profilers name source lines; it costs no speed.
target_compile_options(shoal_options INTERFACE
  "$<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;-prec-div=true;-prec-sqrt=true;-ftz=false;-lineinfo>"
  "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=-Wall,-Wextra,-Werror,-ffp-contract=off>")

set(SHOAL_HAVE_CUDA ON)
message(STATUS "CUDA: yes (${CUDAToolkit_VERSION}, ${CMAKE_CUDA_COMPILER}; NCCL ${SHOAL_NCCL_LIBRARY}; architectures "
               "${CMAKE_CUDA_ARCHITECTURES})")
