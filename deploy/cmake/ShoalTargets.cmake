# One target per unit: a library of one noun, its test, its executable.

# shoal_library(NAME SOURCES a.cc ... DEPENDS targets ...)
#
# A logic library: CMake refuses to configure if it links gRPC, Gloo or CUDA, directly or through others. Libraries at
# the edge, which may, are declared by shoal_edge_library.
function(shoal_library NAME)
  shoal_edge_library(${NAME} ${ARGN})
  set_property(GLOBAL APPEND PROPERTY SHOAL_LOGIC_TARGETS ${NAME})
endfunction()

function(shoal_edge_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${NAME} STATIC ${ARG_SOURCES})
    target_link_libraries(${NAME} PUBLIC shoal_options ${ARG_DEPENDS})
  else()
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE shoal_options ${ARG_DEPENDS})
  endif()
endfunction()

# shoal_cuda_library(NAME SOURCES a.cu b.cc ... DEPENDS targets ...)
#
# An edge library that calls CUDA. REQUIRES: SHOAL_HAVE_CUDA. What it is linked to may only be the worker, or a test.
function(shoal_cuda_library NAME)
  if(NOT SHOAL_HAVE_CUDA)
    message(FATAL_ERROR "${NAME} is a CUDA library in a build without CUDA; declare it under if(SHOAL_HAVE_CUDA)")
  endif()
  shoal_edge_library(${NAME} ${ARGN})
  get_target_property(type ${NAME} TYPE)
  if(type STREQUAL "INTERFACE_LIBRARY")
    target_link_libraries(${NAME} INTERFACE CUDA::cudart_static)
  else()
    target_link_libraries(${NAME} PUBLIC CUDA::cudart_static)
  endif()
endfunction()

# shoal_executable(NAME SOURCES a_main.cc ... DEPENDS targets ... [MAY_LINK_CUDA])
#
# CMake refuses to configure if one without MAY_LINK_CUDA links CUDA, directly or through others.
function(shoal_executable NAME)
  cmake_parse_arguments(ARG "MAY_LINK_CUDA" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  if(NOT ARG_MAY_LINK_CUDA)
    set_property(GLOBAL APPEND PROPERTY SHOAL_EXECUTABLES_WITHOUT_CUDA ${NAME})
  endif()
  target_link_libraries(${NAME} PRIVATE shoal_options ${ARG_DEPENDS})
  if(TARGET shoal_tsan)
    target_link_libraries(${NAME} PRIVATE shoal_tsan)
  endif()
endfunction()

# What tests are compiled with: most of what would be optimised runs once.
set(SHOAL_TEST_OPTIONS "$<$<CONFIG:Release>:-O1>")

# shoal_test(NAME SOURCES a_test.cc ... DEPENDS targets ... [LABELS unit|integration|simulation|threads|gpu ...]
#            [TIMEOUT seconds])
#
# One executable and one CTest entry per unit. Labels decide which builds run it; the default is `unit`. ThreadSanitizer
# runs those labelled `threads` or `integration`. Those labelled `gpu` may link CUDA; without a device they skip and say so.
function(shoal_test NAME)
  if(NOT SHOAL_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(SHOAL_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")  # Sanitized code takes 2 to 15 times as long.
  endif()
  set(may_link_cuda "")
  if("gpu" IN_LIST ARG_LABELS)
    set(may_link_cuda MAY_LINK_CUDA)
  endif()
  shoal_executable(${NAME} SOURCES ${ARG_SOURCES} DEPENDS ${ARG_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main
                   ${may_link_cuda})
  target_compile_options(${NAME} PRIVATE ${SHOAL_TEST_OPTIONS})
  add_test(NAME ${NAME} COMMAND ${NAME} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT})
endfunction()

# Fuzz targets are built by clang, whose libFuzzer drives them, and under AddressSanitizer, which sees what they find.
set(SHOAL_CAN_FUZZ OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND SHOAL_SANITIZE MATCHES "address")
  set(SHOAL_CAN_FUZZ ON)
endif()

# shoal_fuzz_target(NAME SOURCES a_fuzz.cc ... DEPENDS targets ... [RUNS inputs] [MALLOC_MB megabytes])
#
# One executable and one CTest entry, labelled `fuzz`: it tries RUNS inputs (default 2000), or as many as it can in
# SHOAL_FUZZ_SECONDS and keeps those that reached new code. MALLOC_MB is the most that one allocation may take. An input
# that fails lies in build/<preset>/fuzz/NAME. REQUIRES: SHOAL_CAN_FUZZ.
function(shoal_fuzz_target NAME)
  cmake_parse_arguments(ARG "" "RUNS;MALLOC_MB" "SOURCES;DEPENDS" ${ARGN})
  if(NOT ARG_RUNS)
    set(ARG_RUNS 2000)
  endif()
  if(NOT ARG_MALLOC_MB)
    set(ARG_MALLOC_MB 32)
  endif()
  shoal_executable(${NAME} SOURCES ${ARG_SOURCES} DEPENDS fuzz_main ${ARG_DEPENDS})
  target_compile_options(${NAME} PRIVATE -fsanitize=fuzzer-no-link)
  target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz_targets ${NAME})
  set(directory ${PROJECT_BINARY_DIR}/fuzz/${NAME})
  file(MAKE_DIRECTORY ${directory}/corpus)
  # The same inputs each time, so that no change fails by another's fault, and time for a machine that is busy.
  set(amount -runs=${ARG_RUNS} -seed=1 -timeout=120)
  if(SHOAL_FUZZ_SECONDS)
    set(amount -max_total_time=${SHOAL_FUZZ_SECONDS} -timeout=25 ${directory}/corpus)
  endif()
  math(EXPR timeout "${SHOAL_FUZZ_SECONDS} + 300")
  add_test(NAME ${NAME}
    COMMAND ${NAME} ${amount} -max_len=65536 -len_control=0 -rss_limit_mb=1024 -malloc_limit_mb=${ARG_MALLOC_MB}
            -artifact_prefix=${directory}/ -print_final_stats=1
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${NAME} PROPERTIES LABELS fuzz TIMEOUT ${timeout})
endfunction()

function(shoal_collect_links TARGET RESULT)
  set(seen ${${RESULT}})
  get_target_property(links ${TARGET} INTERFACE_LINK_LIBRARIES)
  foreach(link IN LISTS links)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" link "${link}")
    if(link AND NOT link IN_LIST seen)
      list(APPEND seen ${link})
      if(TARGET ${link})
        shoal_collect_links(${link} seen)
      endif()
    endif()
  endforeach()
  set(${RESULT} ${seen} PARENT_SCOPE)
endfunction()

set(SHOAL_CUDA_LINKS "CUDA|cudart|cublas|nccl")

function(shoal_check_logic_targets)
  get_property(targets GLOBAL PROPERTY SHOAL_LOGIC_TARGETS)
  foreach(target IN LISTS targets)
    set(links "")
    shoal_collect_links(${target} links)
    foreach(link IN LISTS links)
      if(link MATCHES "gRPC|grpc|gloo|${SHOAL_CUDA_LINKS}")
        message(FATAL_ERROR "${target} is a logic target and links ${link}; logic links no gRPC, Gloo or CUDA")
      endif()
    endforeach()
  endforeach()
endfunction()

# `shoal` and shoal-parameter-server start where there is no CUDA.
function(shoal_check_cuda_executables)
  get_property(executables GLOBAL PROPERTY SHOAL_EXECUTABLES_WITHOUT_CUDA)
  foreach(executable IN LISTS executables)
    get_target_property(dependencies ${executable} LINK_LIBRARIES)
    set(links ${dependencies})
    foreach(dependency IN LISTS dependencies)
      if(TARGET ${dependency})
        shoal_collect_links(${dependency} links)
      endif()
    endforeach()
    foreach(link IN LISTS links)
      if(link MATCHES "${SHOAL_CUDA_LINKS}")
        message(FATAL_ERROR "${executable} links ${link}; of the executables only shoal-worker and the tests and "
                            "benchmarks of the GPU may, which are declared so")
      endif()
    endforeach()
  endforeach()
endfunction()
