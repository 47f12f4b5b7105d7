// Scripts of the C ABI.
#include "src/script/program.h"

#include <memory>
#include <ostream>
#include <streambuf>

#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

namespace {

// A stream buffer that hands all text to a function of the caller's.
class CallbackBuffer final : public std::streambuf {
 public:
  using Write = void (*)(void*, const char*, size_t);
  CallbackBuffer(Write write, void* context) : write_(write), context_(context) {}

 private:
  int_type overflow(int_type c) override {
    const char text = traits_type::to_char_type(c);
    if (!traits_type::eq_int_type(c, traits_type::eof())) write_(context_, &text, 1);
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    write_(context_, text, static_cast<size_t>(count));
    return count;
  }

  Write write_;
  void* context_;
};

}  // namespace

struct lathe_program {
  // Before the program, which writes to them until its end.
  std::unique_ptr<CallbackBuffer> buffer;
  std::unique_ptr<std::ostream> stream;
  script::Program program;
};

lathe_status lathe_program_new(lathe_program** result) {
  return Guard([&] { GiveHandle(std::make_unique<lathe_program>(), result); });
}

void lathe_program_free(lathe_program* program) { delete program; }

lathe_status lathe_program_output(lathe_program* program,
                                  void (*write)(void* context, const char* text, size_t bytes),
                                  void* context) {
  return Guard([&] {
    lathe_program& target = Needed(program, "the program");
    if (!write) throw ValueError("the function is null");
    auto buffer = std::make_unique<CallbackBuffer>(write, context);
    auto stream = std::make_unique<std::ostream>(buffer.get());
    target.program.SetStreams(stream.get(), stream.get());
    target.stream = std::move(stream);
    target.buffer = std::move(buffer);
  });
}

lathe_status lathe_program_run(lathe_program* program, const char* code, const char* name) {
  return Guard([&] {
    Needed(program, "the program").program.Run(TextOf(code, "the code"), TextOf(name, "the name"));
  });
}

lathe_status lathe_program_run_file(lathe_program* program, const char* path, const char* const* arguments,
                                    size_t count) {
  return Guard([&] {
    std::vector<std::string> words;
    if (count > 0) Needed(arguments, "the arguments");
    for (size_t k = 0; k < count; ++k) words.push_back(TextOf(arguments[k], "an argument"));
    Needed(program, "the program").program.RunFile(TextOf(path, "the path"), words);
  });
}

lathe_status lathe_program_set(lathe_program* program, const char* name, const lathe_input* value) {
  return Guard([&] { Needed(program, "the program").program.Set(TextOf(name, "the name"), InputOf(value)); });
}

lathe_status lathe_program_get(lathe_program* program, const char* name, lathe_array** result) {
  return Guard([&] { Give(Needed(program, "the program").program.Get(TextOf(name, "the name")), result); });
}

lathe_status lathe_program_call(lathe_program* program, const char* function, const lathe_input* arguments,
                                size_t count, lathe_array** results, size_t* result_count) {
  return Guard([&] {
    script::Program& target = Needed(program, "the program").program;
    const size_t room = Needed(result_count, "the count of results");
    const std::vector<Array> values = target.Call(TextOf(function, "the name"), InputsOf(arguments, count));
    if (values.size() > room) {
      throw ValueError("the function returned " + std::to_string(values.size()) +
                       " values, there is room for " + std::to_string(room));
    }
    GiveAll(values, results);
    *result_count = values.size();
  });
}

void lathe_program_interrupt(lathe_program* program) {
  if (program) program->program.Interrupt();
}
