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

# What makes a fault in memory harder to use; tests/checks/check_hardening.py looks at the result. Builds for debugging get
# what the linker does, and are compiled as quickly as before. (Position independence is both compilers' default.)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
if(NOT WAGATE_SANITIZE)
  set(hardening -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    list(APPEND hardening -fcf-protection=full)
  endif()
  add_compile_options("$<$<NOT:$<CONFIG:Debug>>:${hardening}>")
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
