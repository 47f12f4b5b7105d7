// What every function of the C ABI is made of: a body between handles and arrays, outside of which no
// exception goes; statuses and this thread's message.
#pragma once

#include <memory>
#include <string>

#include "lathe/error.h"
#include "lathe/lathe.h"

namespace lathe::capi {

// Notes the exception that is being handled as this thread's last error; its status.
lathe_status NoteException() noexcept;
void ClearError() noexcept;

// Runs `body`; what it throws becomes a status.
template <class Body>
lathe_status Guard(const Body& body) noexcept {
  ClearError();
  try {
    body();
    return LATHE_OK;
  } catch (...) {
    return NoteException();
  }
}

// Thrown where a callback of the caller's has failed: its status goes through, and the message that it left.
struct CalleeStatus {
  lathe_status status;
};

constexpr lathe_status StatusOf(ErrorKind kind) {
  return static_cast<lathe_status>(static_cast<int>(kind) + 1);
}

// The object behind a pointer that must not be null.
template <class T>
T& Needed(T* pointer, const char* what) {
  if (!pointer) throw ValueError(std::string(what) + " is null");
  return *pointer;
}

// Gives a handle to the caller; it stays owned if there is no place for it.
template <class T>
void GiveHandle(std::unique_ptr<T> handle, T** result) {
  Needed(result, "the result");
  *result = handle.release();
}

}  // namespace lathe::capi
