# Installing Lathe: headers; liblathe.so with lathe.pc for all who call C; the static libraries of the rooms, with the package
# files that let another project say find_package(lathe CONFIG REQUIRED) and link lathe::lathe; the Python module; the tool.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(LATHE_INSTALLED_ROOMS base recorder codegen array ffi script capi)

# What users link: the outermost room with the public headers.
add_library(lathe_library INTERFACE)
set_target_properties(lathe_library PROPERTIES EXPORT_NAME lathe)
target_include_directories(lathe_library INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(lathe_library INTERFACE cxx_std_20)
add_library(lathe::lathe ALIAS lathe_library)

set(LATHE_INSTALLED_TARGETS lathe_library)
foreach(ROOM ${LATHE_INSTALLED_ROOMS})
  if(TARGET lathe_${ROOM})
    list(APPEND LATHE_INSTALLED_TARGETS lathe_${ROOM})
    target_link_libraries(lathe_library INTERFACE lathe_${ROOM})
  endif()
endforeach()

install(TARGETS ${LATHE_INSTALLED_TARGETS} EXPORT latheTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT latheTargets NAMESPACE lathe:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lathe)
install(TARGETS lathe_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
configure_file(cmake/lathe.pc.in ${CMAKE_BINARY_DIR}/lathe.pc.in @ONLY)
# The prefix may be another one when installing than it was when configuring.
install(CODE "file(READ \"${CMAKE_BINARY_DIR}/lathe.pc.in\" TEXT)
  string(REPLACE \"prefix=${CMAKE_INSTALL_PREFIX}\" \"prefix=\${CMAKE_INSTALL_PREFIX}\" TEXT \"\${TEXT}\")
  file(WRITE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig/lathe.pc\" \"\${TEXT}\")")
install(FILES python/lathe.py DESTINATION ${CMAKE_INSTALL_DATADIR}/lathe/python)
install(DIRECTORY include/lathe DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET lathe)
  install(TARGETS lathe RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # Man pages and completion are the tool's own words about itself.
  install(CODE "execute_process(COMMAND $<TARGET_FILE:lathe> help --install
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\" COMMAND_ERROR_IS_FATAL ANY)")
endif()

configure_package_config_file(cmake/latheConfig.cmake.in ${CMAKE_BINARY_DIR}/latheConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lathe)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/latheConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/latheConfig.cmake ${CMAKE_BINARY_DIR}/latheConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/lathe)
