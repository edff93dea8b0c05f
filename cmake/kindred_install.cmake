# The client library as a package: cmake --install BUILD --prefix DIR --component client, then find_package(kindred) and
# link kindred::client. Headers keep their paths below include/kindred, so that they include each other as here.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(kindred_client_targets kindred_client kindred_schemas kindred_contracts kindred_engine)
foreach(target ${kindred_client_targets})
  get_target_property(kind ${target} TYPE)
  if(kind STREQUAL "INTERFACE_LIBRARY")
    return() # not all of it exists yet
  endif()
  string(REPLACE "kindred_" "" name ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/kindred>)
endforeach()
# The generated contracts name their build folder; a package has none.
set_property(TARGET kindred_contracts PROPERTY INTERFACE_INCLUDE_DIRECTORIES
  $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>)
set_property(TARGET kindred_contracts PROPERTY INTERFACE_SYSTEM_INCLUDE_DIRECTORIES
  $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>)

install(TARGETS ${kindred_client_targets} EXPORT kindred ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT client)
foreach(room engine/base engine/records schemas clients/cpp)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/${room}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/kindred/${room}
    COMPONENT client FILES_MATCHING PATTERN "*.hpp" PATTERN "examples" EXCLUDE)
endforeach()
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/kindred)
install(EXPORT kindred NAMESPACE kindred:: FILE kindred-targets.cmake DESTINATION ${package_dir} COMPONENT client)
file(WRITE ${CMAKE_BINARY_DIR}/kindred-config.cmake [[
# Needs the Debian packages libzmq3-dev and libcapnp-dev.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/kindred-targets.cmake)
]])
write_basic_package_version_file(${CMAKE_BINARY_DIR}/kindred-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/kindred-config.cmake ${CMAKE_BINARY_DIR}/kindred-config-version.cmake
  DESTINATION ${package_dir} COMPONENT client)
