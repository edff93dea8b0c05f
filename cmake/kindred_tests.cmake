# One GoogleTest executable and one ctest entry per room; one ctest entry per law; the machine checks of tools/.
# Every test runs with the root of the tree as working directory (fixtures: "tests/…") and finds the built programs in
# $KINDRED_BIN_DIR.
# GoogleTest is linked by name: its CMake package adds a macro that would part tests from their precompiled header.

# What several rooms' tests share. engine_test does without it, so that it builds without waiting for other rooms.
kindred_library(kindred_test_support tests/support LINK kindred_actors kindred_client zmq)

# kindred_ctest(name timeout command…): only what fails is printed, so that a log that is cut off in the middle still has it.
# CXXFLAGS is for what a test compiles against this build: it must have the same sanitizers.
set(consumer_flags "")
if(CMAKE_BUILD_TYPE STREQUAL "Asan")
  set(consumer_flags "-fsanitize=address,undefined")
elseif(CMAKE_BUILD_TYPE STREQUAL "Tsan")
  set(consumer_flags "-fsanitize=thread")
endif()
function(kindred_ctest name timeout_s)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout_s}
    ENVIRONMENT "KINDRED_BIN_DIR=${KINDRED_BIN_DIR};KINDRED_BUILD_DIR=${CMAKE_BINARY_DIR};PYTHONDONTWRITEBYTECODE=1;GTEST_BRIEF=1;CXXFLAGS=${consumer_flags};TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/support/thread_sanitizer.supp"
    FAIL_REGULAR_EXPRESSION "] 0 tests from") # a filter that matches nothing must not pass
endfunction()

# kindred_test(target pch folder [ONLY regex] [WITHOUT folder…] [LINK library…] [DRIVES program…]): all sources below
# tests/<folder> but those of other programs; nothing while there are none. DRIVES names programs that must be built before the test runs.
function(kindred_test target pch folder)
  cmake_parse_arguments(arg "" "ONLY" "WITHOUT;LINK;DRIVES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp)
  foreach(other ${arg_WITHOUT})
    list(FILTER sources EXCLUDE REGEX "/tests/${folder}/${other}/")
  endforeach()
  if(arg_ONLY)
    list(FILTER sources INCLUDE REGEX "${arg_ONLY}")
  endif()
  if(sources)
    add_executable(${target} ${sources})
    target_link_libraries(${target} PRIVATE ${arg_LINK} gtest_main gmock gtest rapidcheck Threads::Threads)
    kindred_test_flags(${target})
    kindred_use_pch(${target} ${pch})
    foreach(program ${arg_DRIVES})
      if(TARGET ${program})
        add_dependencies(${target} ${program})
      endif()
    endforeach()
  endif()
endfunction()

kindred_test(engine_test test engine LINK kindred_engine)
kindred_test(schemas_test test schemas LINK kindred_schemas kindred_json kindred_test_support)
kindred_test(actors_test actor_test actors LINK kindred_actors kindred_test_support)
kindred_test(nodes_test actor_test nodes WITHOUT adapters/kafka LINK kindred_node kindredctl_parts kindred_test_support
  DRIVES kindred kindredctl)
kindred_test(kafka_test test nodes/adapters/kafka LINK kindred_adapter_kafka kindred_test_support)
kindred_test(clients_test test clients LINK kindred_client kindred_test_support DRIVES kindred)
foreach(room engine schemas actors nodes clients)
  if(TARGET ${room}_test)
    kindred_ctest(${room} 600 ${room}_test)
  endif()
endforeach()

# The server as the build after this one: with a version of the fold more, in place of engine/profiles/fold_version.cpp (an
# archive's member is not taken where what it defines is there already). With its tests; upgrades run it beside this build's.
if(EXISTS ${CMAKE_SOURCE_DIR}/tests/cluster/next/fold_version.cpp)
  add_executable(kindred_next nodes/kindred/main.cpp tests/cluster/next/fold_version.cpp)
  target_link_libraries(kindred_next PRIVATE kindred_node)
  set_target_properties(kindred_next PROPERTIES OUTPUT_NAME kindred RUNTIME_OUTPUT_DIRECTORY ${KINDRED_BIN_DIR}/next)
  add_custom_command(TARGET kindred_next POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E create_symlink ../kindredctl ${KINDRED_BIN_DIR}/next/kindredctl)
endif()
kindred_test(next_fold_test test cluster/next LINK kindred_engine)
if(TARGET next_fold_test)
  kindred_ctest(next_fold 60 next_fold_test)
endif()

# Nodes together, over a broker.
kindred_test(cluster_test test cluster WITHOUT next LINK kindred_client kindred_adapter_kafka kindred_adapter_rocksdb kindred_test_support
  DRIVES kindred kindredctl kindred_next)

# Each a broker of its own, and the first time the jars for it (tests/support/kafka): slow, and busy on both cores.
# Not with the thread sanitizer: librdkafka begins its threads by C11's thrd_create, which GCC 12's does not know of; it
# ends at their first allocation.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Tsan")
  foreach(test kafka cluster)
    kindred_ctest(${test} 900 ${test}_test)
    set_tests_properties(${test} PROPERTIES PROCESSORS 2)
  endforeach()
endif()

# The simulator: actor states in one thread, driven by a seed; a program of its own beside its tests.
kindred_library(kindred_simulation tests/simulation WITHOUT main.cpp LINK kindred_actors kindred_client kindred_test_support)
kindred_executable(simulation tests/simulation/main.cpp LINK kindred_simulation)
kindred_test(simulation_test test simulation LINK kindred_simulation ONLY "_test\\.cpp$")
if(TARGET simulation_test)
  kindred_ctest(simulation 600 simulation_test)
endif()

# Laws: tests/laws/<law>_law_test.cpp holds the suite <Law>Law (read_your_writes -> ReadYourWritesLaw), which becomes the
# ctest entry law.<law> with the label "law": `ctest -L law`.
kindred_test(laws_test actor_test laws LINK kindred_node kindred_client kindredctl_parts kindred_simulation
  kindred_test_support DRIVES kindred kindredctl)
file(GLOB laws RELATIVE ${CMAKE_SOURCE_DIR}/tests/laws CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/laws/*_law_test.cpp)
foreach(file ${laws})
  string(REGEX REPLACE "_law_test\\.cpp$" "" law ${file})
  set(suite "")
  string(REPLACE "_" ";" words ${law})
  foreach(word ${words})
    string(SUBSTRING ${word} 0 1 first)
    string(SUBSTRING ${word} 1 -1 rest)
    string(TOUPPER ${first} first)
    string(APPEND suite ${first}${rest})
  endforeach()
  kindred_ctest(law.${law} 600 laws_test --gtest_filter=${suite}Law.*:${suite}Law/*:*/${suite}Law.*)
  set_tests_properties(law.${law} PROPERTIES LABELS law)
endforeach()

# Checks by machine (tools/*_check.py), and the tests of tools/ and of ./dev (tests/tools, tests/dev, tests/deploy: *_test.py).
find_package(Python3 REQUIRED COMPONENTS Interpreter)
file(GLOB checks CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/*_check.py)
foreach(check ${checks})
  get_filename_component(name ${check} NAME_WE)
  kindred_ctest(tools.${name} 120 ${Python3_EXECUTABLE} ${check})
endforeach()
# Programs driven from outside, too: tests/nodes/<program>/*_test.py.
file(GLOB tool_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/tools/*_test.py ${CMAKE_SOURCE_DIR}/tests/dev/*_test.py ${CMAKE_SOURCE_DIR}/tests/deploy/*_test.py
  ${CMAKE_SOURCE_DIR}/tests/nodes/kindred/*_test.py ${CMAKE_SOURCE_DIR}/tests/nodes/kindredctl/*_test.py)
foreach(test ${tool_tests})
  get_filename_component(name ${test} NAME_WE)
  get_filename_component(room ${test} DIRECTORY)
  get_filename_component(room ${room} NAME)
  kindred_ctest(${room}.${name} 300 ${Python3_EXECUTABLE} ${test})
endforeach()

# Three brokers and three nodes, hurt under load: tools/cluster. Busy on both cores; the first time it gets the brokers' jars.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Tsan")
  kindred_ctest(cluster_torture 1200 ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tests/cluster/torture_test.py)
  set_tests_properties(cluster_torture PROPERTIES PROCESSORS 2)
endif()

# These measure time, so nothing else runs beside them.
foreach(test kindred.read_your_writes_test law.durability law.read_your_writes)
  if(TEST ${test})
    set_tests_properties(${test} PROPERTIES RUN_SERIAL ON LABELS law)
  endif()
endforeach()
