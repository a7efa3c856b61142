# Compiler flags, ccache, mold and sanitizers. One place, so that every target is built alike.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# -g1 keeps line numbers for stack traces at a fraction of the build time.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

add_compile_options(-Wall -Wextra -Wshadow -fno-omit-frame-pointer)
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # g++ reports it for every error category derived from Boost's.
  add_compile_options(-Wnon-virtual-dtor)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports false positives from inlined standard library code.
  add_compile_options(-Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds -Wno-dangling-pointer)
endif()

find_program(WAGATE_CCACHE ccache)
if(WAGATE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_NOHASHDIR=1
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${WAGATE_CCACHE})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Lets ccache reuse objects that were built with a precompiled header.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

find_program(WAGATE_MOLD mold)
if(WAGATE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(WAGATE_SANITIZE)
  set(WAGATE_SANITIZE_FLAGS -fsanitize=${WAGATE_SANITIZE} -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND WAGATE_SANITIZE MATCHES "undefined")
    # Coroutine frames have no function type signature.
    list(APPEND WAGATE_SANITIZE_FLAGS -fno-sanitize=function)
  endif()
  # A little optimisation keeps sanitized programs usable.
  add_compile_options(-O1)
  add_link_options(-fsanitize=${WAGATE_SANITIZE})
endif()
