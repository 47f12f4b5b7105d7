// Errors of the C ABI: the last message of each thread, and the names of statuses.
#include "src/capi/guard.h"

#include <new>
#include <stdexcept>

#include "src/script/program.h"

namespace lathe::capi {
namespace {

struct LastError {
  std::string message;
  std::string traceback;
};

LastError& Last() {
  thread_local LastError last;
  return last;
}

lathe_status Note(ErrorKind kind, const char* message, const char* traceback = "") {
  Last().message = message;
  Last().traceback = traceback;
  return StatusOf(kind);
}

}  // namespace

lathe_status NoteException() noexcept {
  try {
    throw;
  } catch (const script::ScriptError& error) {
    return Note(error.kind(), error.what(), error.traceback().c_str());
  } catch (const Error& error) {
    return Note(error.kind(), error.what());
  } catch (const std::bad_alloc&) {
    return Note(ErrorKind::kMemory, "out of memory");
  } catch (const std::length_error&) {
    return Note(ErrorKind::kMemory, "out of memory");
  } catch (const CalleeStatus& failed) {
    return failed.status;
  } catch (const std::exception& error) {
    return Note(ErrorKind::kRuntime, error.what());
  } catch (...) {
    return Note(ErrorKind::kRuntime, "an unknown error");
  }
}

void ClearError() noexcept {
  Last().message.clear();
  Last().traceback.clear();
}

}  // namespace lathe::capi

using lathe::capi::Last;

const char* lathe_last_error() { return Last().message.c_str(); }
const char* lathe_last_traceback() { return Last().traceback.c_str(); }

const char* lathe_status_name(lathe_status status) {
  if (status <= LATHE_OK || status >= LATHE_ERROR_COUNT) return "";
  return lathe::ErrorKindName(static_cast<lathe::ErrorKind>(status - 1));
}
