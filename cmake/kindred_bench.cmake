# bench/<kind>/<name>_bench.cpp becomes the program <name>_bench; the kind's other sources are shared by its programs.
# bench/<kind>/run is the command that reproduces the table (./dev bench <kind>).
find_package(benchmark REQUIRED)
foreach(kind speed quality)
  file(GLOB_RECURSE shared CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/${kind}/*.cpp)
  set(programs ${shared})
  list(FILTER programs INCLUDE REGEX "_bench\\.cpp$")
  list(FILTER shared EXCLUDE REGEX "_bench\\.cpp$")
  foreach(source ${programs})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source} ${shared})
    target_link_libraries(${name} PRIVATE kindred_node kindred_client kindredctl_parts kindred_test_support
      benchmark::benchmark)
  endforeach()
endforeach()
