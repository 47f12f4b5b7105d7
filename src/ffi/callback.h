// What callbacks of the C++ API leave behind for the call that they were made by.
#pragma once

namespace lathe::ffi {

// Throws what a callback has thrown on this thread since the last time; called when a foreign call returns.
void RethrowFromCallbacks();

}  // namespace lathe::ffi
