# kindred_capnp(target folder): C++ code for folder/*.capnp, generated into the build tree and included as
# "<folder>/<name>.capnp.h".
find_program(CAPNP_EXECUTABLE capnp REQUIRED)
find_program(CAPNPC_CXX_EXECUTABLE capnpc-c++ REQUIRED)

function(kindred_capnp target folder)
  file(GLOB contracts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.capnp)
  if(NOT contracts)
    add_library(${target} INTERFACE)
    return()
  endif()
  set(out ${CMAKE_BINARY_DIR}/generated)
  set(outputs "")
  foreach(contract ${contracts})
    get_filename_component(name ${contract} NAME)
    list(APPEND outputs ${out}/${folder}/${name}.c++ ${out}/${folder}/${name}.h)
  endforeach()
  file(MAKE_DIRECTORY ${out})
  # One command for all of them, since they import each other.
  add_custom_command(OUTPUT ${outputs}
    COMMAND ${CAPNP_EXECUTABLE} compile -I${CMAKE_SOURCE_DIR} --src-prefix=${CMAKE_SOURCE_DIR}
            -o${CAPNPC_CXX_EXECUTABLE}:${out} ${contracts}
    DEPENDS ${contracts} COMMENT "Cap'n Proto: ${folder}/*.capnp" VERBATIM)
  list(FILTER outputs INCLUDE REGEX "\\.c\\+\\+$")
  add_library(${target} STATIC ${outputs})
  target_compile_options(${target} PRIVATE -w) # not our text
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC capnp kj)
endfunction()
