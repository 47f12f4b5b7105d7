# liblathe.so: the C ABI (lathe/lathe.h) and nothing else is visible; Abseil and asmjit are inside it.
#
# Debian's libasmjit.a was not built for shared libraries. The one thing in it that cannot be relocated is its use
# of `stderr`: in a copy of the archive that name becomes a variable of ours (src/capi/asmjit_stderr.cc).
get_target_property(ASMJIT_ARCHIVE asmjit::asmjit IMPORTED_LOCATION_NONE)
if(NOT ASMJIT_ARCHIVE)
  get_target_property(ASMJIT_ARCHIVE asmjit::asmjit IMPORTED_LOCATION_RELEASE)
endif()
set(ASMJIT_RELOCATABLE ${CMAKE_BINARY_DIR}/libasmjit_relocatable.a)
add_custom_command(OUTPUT ${ASMJIT_RELOCATABLE}
  COMMAND ${CMAKE_OBJCOPY} --redefine-sym stderr=lathe_asmjit_stderr ${ASMJIT_ARCHIVE} ${ASMJIT_RELOCATABLE}
  DEPENDS ${ASMJIT_ARCHIVE})
add_custom_target(asmjit_relocatable DEPENDS ${ASMJIT_RELOCATABLE})

add_library(lathe_shared SHARED ${CMAKE_SOURCE_DIR}/cmake/exports.map)
set_target_properties(lathe_shared PROPERTIES OUTPUT_NAME lathe LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION 1 LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
  LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/exports.map)
add_dependencies(lathe_shared asmjit_relocatable)
# All of the C ABI goes in; of the rooms behind it what it needs. The copy of asmjit comes first, so that the
# original, which the rooms name too, adds nothing.
target_link_libraries(lathe_shared PRIVATE
  -Wl,--whole-archive $<TARGET_FILE:lathe_capi> ${ASMJIT_RELOCATABLE} -Wl,--no-whole-archive lathe_capi)
target_link_options(lathe_shared PRIVATE
  -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/exports.map -Wl,--gc-sections -Wl,--as-needed)
if(NOT LATHE_SANITIZE)
  target_link_options(lathe_shared PRIVATE -Wl,--no-undefined)
endif()
