// Random numbers and files of the C ABI.
#include <memory>
#include <optional>

#include "lathe/random.h"
#include "src/capi/handles.h"

using namespace lathe;        // NOLINT: the functions below are C's
using namespace lathe::capi;  // NOLINT

struct lathe_generator {
  Generator generator;
};

namespace {

Array Draw(Generator& generator, const std::string& name, double a, double b, const Shape& shape,
           DType dtype) {
  if (name == "random") return generator.Random(shape, dtype);
  if (name == "standard_normal") return generator.StandardNormal(shape, dtype);
  if (dtype != DType::kFloat64) throw DTypeError(name + " draws float64");
  if (name == "uniform") return generator.Uniform(a, b, shape);
  if (name == "normal") return generator.Normal(a, b, shape);
  if (name == "exponential") return generator.Exponential(a, shape);
  throw Error(ErrorKind::kAttribute, "there is no such distribution: " + name);
}

}  // namespace

lathe_status lathe_generator_new(const uint64_t* seed, lathe_generator** result) {
  return Guard([&] {
    GiveHandle(std::make_unique<lathe_generator>(
                   lathe_generator{Generator(seed ? std::optional<uint64_t>(*seed) : std::nullopt)}),
               result);
  });
}

void lathe_generator_free(lathe_generator* generator) { delete generator; }

lathe_status lathe_draw(lathe_generator* generator, const char* name, double a, double b, int rank,
                        const int64_t* shape, lathe_dtype dtype, lathe_array** result) {
  return Guard([&] {
    Give(Draw(Needed(generator, "the generator").generator, TextOf(name, "the name"), a, b,
              ShapeOf(rank, shape), DTypeFrom(dtype)),
         result);
  });
}

lathe_status lathe_draw_integers(lathe_generator* generator, int64_t low, int64_t high, int rank,
                                 const int64_t* shape, lathe_dtype dtype, lathe_array** result) {
  return Guard([&] {
    Generator& source = Needed(generator, "the generator").generator;
    Give(source.Integers(low, high, ShapeOf(rank, shape), DTypeFrom(dtype)), result);
  });
}

lathe_status lathe_draw_permutation(lathe_generator* generator, int64_t count, lathe_array** result) {
  return Guard([&] { Give(Needed(generator, "the generator").generator.Permutation(count), result); });
}

lathe_status lathe_load_npy(const char* path, lathe_array** result) {
  return Guard([&] { Give(LoadNpy(TextOf(path, "the path")), result); });
}

lathe_status lathe_save_npy(const char* path, const lathe_array* array) {
  return Guard([&] { SaveNpy(TextOf(path, "the path"), ArrayOf(array)); });
}

lathe_status lathe_load_npz(const char* path, const char* name, lathe_array** result) {
  return Guard([&] {
    const std::string wanted = TextOf(name, "the name");
    for (auto& [member, array] : LoadNpz(TextOf(path, "the path"))) {
      if (member == wanted) return Give(std::move(array), result);
    }
    throw Error(ErrorKind::kKey, wanted + " is not a file in the archive");
  });
}

lathe_status lathe_save_npz(const char* path, const char* const* names, const lathe_array* const* arrays,
                            size_t count, int compressed) {
  return Guard([&] {
    if (count > 0 && (!names || !arrays)) throw ValueError("a list is null");
    std::vector<std::pair<std::string, Array>> members;
    for (size_t k = 0; k < count; ++k) members.emplace_back(TextOf(names[k], "a name"), ArrayOf(arrays[k]));
    SaveNpz(TextOf(path, "the path"), members, compressed != 0);
  });
}

lathe_status lathe_load_csv(const char* path, char delimiter, int64_t skip_rows, lathe_array** result) {
  return Guard([&] {
    CsvOptions options;
    options.delimiter = delimiter;
    options.skip_rows = skip_rows;
    Give(LoadCsv(TextOf(path, "the path"), options), result);
  });
}
