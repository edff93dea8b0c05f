# Functions that turn folders into targets, and the precompiled headers they share.

# Precompiled headers are built once per flag set and reused; a target names the one it wants.
#   caf          std + CAF, for actors and the server
#   tool         std + CLI11 + nlohmann::json + fmt, for the operator's tool
#   test         std + GoogleTest + rapidcheck
#   actor_test   the same + CAF
set(kindred_std_headers <algorithm> <array> <atomic> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional>
    <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>)
set(kindred_caf_headers <caf/actor_system.hpp> <caf/actor_system_config.hpp> <caf/event_based_actor.hpp>
    <caf/scoped_actor.hpp> <caf/stateful_actor.hpp> <caf/typed_actor.hpp> <caf/typed_event_based_actor.hpp> <caf/all.hpp>)
set(kindred_tool_headers <CLI/CLI.hpp> <nlohmann/json.hpp> <fmt/format.h>)
set(kindred_test_headers <gtest/gtest.h> <rapidcheck/gtest.h>)

function(kindred_pch name)
  if(TARGET kindred_pch_${name})
    return()
  endif()
  set(stub ${CMAKE_BINARY_DIR}/pch/${name}.cpp)
  file(GENERATE OUTPUT ${stub} CONTENT "// Gives the precompiled header '${name}' a target to live in.\n")
  add_library(kindred_pch_${name} OBJECT EXCLUDE_FROM_ALL ${stub})
  set(headers ${kindred_std_headers})
  if(name MATCHES "caf|actor")
    list(APPEND headers ${kindred_caf_headers})
  endif()
  if(name MATCHES "tool")
    list(APPEND headers ${kindred_tool_headers})
  endif()
  if(name MATCHES "test")
    list(APPEND headers ${kindred_test_headers})
    kindred_test_flags(kindred_pch_${name})
  endif()
  target_precompile_headers(kindred_pch_${name} PRIVATE ${headers})
endfunction()

# Test code is compiled for short builds; what it tests keeps the flags that ship.
function(kindred_test_flags target)
  if(CMAKE_BUILD_TYPE MATCHES "^(Dev|Release)$")
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

function(kindred_use_pch target name)
  if(name AND NOT KINDRED_FUZZ)
    kindred_pch(${name})
    target_precompile_headers(${target} REUSE_FROM kindred_pch_${name})
  endif()
endfunction()

# kindred_library(target folder [PCH name] [WITHOUT file-or-folder…] [LINK library…])
# All sources below the folder; an interface target while there are none.
function(kindred_library target folder)
  cmake_parse_arguments(arg "" "PCH" "WITHOUT;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/examples/|_test\\.cpp$") # a client's examples are projects of their own
  foreach(path ${arg_WITHOUT})
    list(FILTER sources EXCLUDE REGEX "/${folder}/${path}(/|$)")
  endforeach()
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC ${arg_LINK})
    kindred_use_pch(${target} "${arg_PCH}")
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_LINK})
  endif()
endfunction()

# kindred_executable(target main [LINK library…]): made only once its main file exists.
function(kindred_executable target main)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${main})
  if(found)
    add_executable(${target} ${found})
    target_link_libraries(${target} PRIVATE ${arg_LINK})
  endif()
endfunction()
