# The black-box suites: one CTest test per Python test class. Include it after the programs' targets exist.
find_package(Python3 3.11 COMPONENTS Interpreter)

# Sanitized programs are slower by a few times, and so are the limits that the suites wait for.
set(time_scale 1)
if(WAGATE_SANITIZE)
  set(time_scale 4)
endif()

# wagate_python_suite(LABEL file TIMEOUT seconds [PROCESSORS n] [VARIABLES name=value…]): a test for each class of the file
# named …Test.
function(wagate_python_suite label file)
  cmake_parse_arguments(ARG "" "TIMEOUT;PROCESSORS" "LOCKS;VARIABLES" ${ARGN})
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(STRINGS ${path} lines REGEX "^class [A-Za-z0-9]+Test\\(")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "^class ([A-Za-z0-9]+)" ignored "${line}")
    set(name "${label}: ${CMAKE_MATCH_1}")
    add_test(NAME "${name}" COMMAND Python3::Interpreter -u ${path} ${CMAKE_MATCH_1} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties("${name}" PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
    set_property(TEST "${name}" PROPERTY ENVIRONMENT
      "PYTHONDONTWRITEBYTECODE=1"
      "WAGATE_BIN=$<TARGET_FILE:wagate>"
      "WAGATE_SANDBOX_BIN=$<TARGET_FILE:wagate-sandbox>"
      "WAGATE_PEER_BUILD_DIR=${PROJECT_SOURCE_DIR}/build/peers"
      "WAGATE_TEST_TIME_SCALE=${time_scale}" ${ARG_VARIABLES})
    if(ARG_PROCESSORS)
      set_property(TEST "${name}" PROPERTY PROCESSORS ${ARG_PROCESSORS})
    endif()
    if(ARG_LOCKS)
      set_property(TEST "${name}" PROPERTY RESOURCE_LOCK ${ARG_LOCKS})
    endif()
  endforeach()
endfunction()

if(Python3_FOUND AND TARGET wagate AND TARGET wagate-sandbox)
  # By what is there: a list forgets some.
  file(GLOB suites CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} integration/test_*.py)
  foreach(suite IN LISTS suites)
    wagate_python_suite(integration ${suite} TIMEOUT 300)
  endforeach()
  # A foreign client costs a core while it starts; two of them at once would only time each other out.
  file(GLOB suites CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} interop/test_*.py)
  foreach(suite IN LISTS suites)
    wagate_python_suite(interop ${suite} TIMEOUT 420 LOCKS foreign_clients)
  endforeach()
  # Against WAHA's document, case by case and at random.
  foreach(suite answers bad_input coverage)
    wagate_python_suite(contract contract/test_${suite}.py TIMEOUT 420)
  endforeach()
  wagate_python_suite(contract contract/test_random_requests.py TIMEOUT 900 PROCESSORS 2)
  # As do a browser and an application.
  foreach(suite explorer saas_example)
    wagate_python_suite(e2e e2e/test_${suite}.py TIMEOUT 300 LOCKS foreign_clients)
  endforeach()
  wagate_python_suite(capacity capacity/test_capacity.py TIMEOUT 600 PROCESSORS 2)
  # The short form of ./dev soak.
  wagate_python_suite(soak soak/test_soak.py TIMEOUT 900 PROCESSORS 2)
  # A preloaded library and a sanitizer's runtime both want to be first.
  if(NOT WAGATE_SANITIZE)
    add_subdirectory(crash/shim)
    set(variables "WAGATE_CRASH_SHIM=$<TARGET_FILE:crash_shim>" "WAGATE_BUILD_DIR=${PROJECT_BINARY_DIR}")
    # Every wait in it has a deadline of its own; this one leaves room for many more points than are usual.
    wagate_python_suite(crash crash/test_crash.py TIMEOUT 3600 PROCESSORS 2 VARIABLES ${variables})
    wagate_python_suite(crash crash/test_disk.py TIMEOUT 300 VARIABLES ${variables})
    wagate_python_suite(crash crash/test_shim.py TIMEOUT 120 VARIABLES ${variables})
    wagate_python_suite(crash crash/test_start.py TIMEOUT 1800 VARIABLES ${variables})
  endif()
else()
  message(STATUS "black-box suites: not added (need Python 3.11 and the targets wagate and wagate-sandbox)")
endif()
