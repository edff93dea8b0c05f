# Flags of every target. Warnings are errors. Floating point is never contracted, so that scores are the same bits
# everywhere (records: "same bits"). Assertions stay on in release too: NDEBUG is never defined.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev CACHE STRING "Dev, Release, Asan, Tsan or Fuzz" FORCE)
endif()
set(CMAKE_CXX_FLAGS_DEV "-O2 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_CXX_FLAGS_ASAN "-O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -D_GLIBCXX_ASSERTIONS")
set(CMAKE_CXX_FLAGS_TSAN "-O1 -g1 -fno-omit-frame-pointer -fsanitize=thread")
set(CMAKE_CXX_FLAGS_FUZZ "-O1 -g1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined")

add_compile_options(-Wall -Wextra -Werror -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess) # lets ccache see through precompiled headers
  add_compile_options(-Wno-restrict)    # GCC 12 warns falsely inside std::string (its bug 105651)
  if(CMAKE_BUILD_TYPE MATCHES "^(Asan|Tsan)$")
    add_compile_options(-Wno-maybe-uninitialized) # false once sanitizers have rewritten the flow
    add_compile_options($<$<STREQUAL:${CMAKE_BUILD_TYPE},Tsan>:-Wno-tsan>)
  endif()
endif()
include_directories(${CMAKE_SOURCE_DIR})

# Checkouts of the same tree share one cache: paths are taken relative to the checkout, the working directory is left
# out of the hash, and precompiled headers are compared by content.
find_program(KINDRED_CCACHE ccache)
if(KINDRED_CCACHE)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${KINDRED_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
