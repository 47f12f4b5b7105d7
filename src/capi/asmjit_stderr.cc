// Where asmjit, inside the shared library, writes when an assertion of its own fails (cmake/shared.cmake).
#include <cstdio>

extern "C" {
__attribute__((visibility("hidden"))) extern std::FILE* lathe_asmjit_stderr;
std::FILE* lathe_asmjit_stderr = stderr;
}
