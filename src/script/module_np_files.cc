// numpy: files of arrays (.npy, .npz) and tables of numbers as text.
#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "src/script/attributes.h"
#include "src/script/module_np.h"
#include "src/script/operators.h"
#include "src/script/text.h"

namespace lathe::script {
namespace {

std::string PathOf(Vm& vm, const Value& x) {
  if (auto* file = x.As<FileObject>()) {
    if (file->stream) file->stream->flush();
    return file->path;
  }
  auto* text = x.As<StringObject>();
  if (!text)
    throw TypeErrorOf(absl::StrCat("expected str, bytes or os.PathLike object, not ", TypeName(vm, x)));
  return text->text();
}

Value Load(Vm& vm, const Arguments& a) {
  const std::string path = PathOf(vm, a[0]);
  std::ifstream file(path, std::ios::binary);
  char magic[2] = {};
  file.read(magic, 2);
  if (file && magic[0] == 'P' && magic[1] == 'K') return Make<ArchiveObject>(LoadNpz(path));
  return WrapArray(LoadNpy(path));
}

std::string WithSuffix(std::string path, const char* suffix) {
  return path.ends_with(suffix) ? path : path + suffix;
}

Value Save(Vm& vm, const Arguments& a) {
  SaveNpy(WithSuffix(PathOf(vm, a[0]), ".npy"), ToArray(vm, a[1]));
  return Value::None();
}

// savez(file, *arrays, **named_arrays)
Value SaveArchive(Vm& vm, const Arguments& a, bool compressed) {
  std::vector<std::pair<std::string, Array>> members;
  for (size_t k = 0; k < a.rest.size(); ++k)
    members.emplace_back(absl::StrCat("arr_", k), ToArray(vm, a.rest[k]));
  if (a.Given(1)) {
    for (const HashTable::Entry& entry : a[1].Get<DictObject>()->table.entries()) {
      members.emplace_back(entry.key.Get<StringObject>()->text(), ToArray(vm, entry.value));
    }
  }
  SaveNpz(WithSuffix(PathOf(vm, a[0]), ".npz"), members, compressed);
  return Value::None();
}
Value SaveZ(Vm& vm, const Arguments& a) { return SaveArchive(vm, a, false); }
Value SaveZCompressed(Vm& vm, const Arguments& a) { return SaveArchive(vm, a, true); }

CsvOptions TableOptions(Vm& vm, const Arguments& a) {
  CsvOptions options;
  const std::string delimiter = TextOr(vm, a, 3, "");
  if (delimiter.size() > 1)
    throw TypeErrorOf("Text reading control character must be a single unicode character or None");
  options.delimiter = delimiter.empty() ? '\0' : delimiter[0];
  const std::string comments = TextOr(vm, a, 2, "#");
  options.comment = comments.empty() ? '\0' : comments[0];
  options.skip_rows = IntegerOr(vm, a, 4, 0);
  if (a.Given(5)) {
    for (int64_t column : ToShape(vm, a[5])) options.columns.push_back(column);
  }
  options.max_rows = IntegerOr(vm, a, 7, -1);
  return options;
}

Value LoadText(Vm& vm, const Arguments& a) {
  Array table = LoadCsv(PathOf(vm, a[0]), TableOptions(vm, a));
  if (auto dtype = DTypeOfArgument(vm, a, 1)) table = Cast(table, *dtype);
  for (int64_t missing = IntegerOr(vm, a, 8, 0) - table.rank(); missing > 0; --missing)
    table = ExpandDims(table, 0);
  if (!FlagOr(vm, a, 6, false)) return WrapArray(std::move(table));
  return WrapArray(table.rank() < 2 ? table : Transpose(table));
}

Value SaveText(Vm& vm, const Arguments& a) {
  const std::string path = PathOf(vm, a[0]);
  Array table = ToArray(vm, a[1]);
  if (table.rank() > 2)
    throw ValueError(absl::StrCat("Expected 1D or 2D array, got ", table.rank(), "D array instead"));
  if (table.rank() < 2) table = Reshape(table, {table.size(), 1});
  const std::string format = TextOr(vm, a, 2, "%.18e"), delimiter = TextOr(vm, a, 3, " ");
  const std::string header = TextOr(vm, a, 4, ""), comments = TextOr(vm, a, 5, "# ");
  std::ofstream file(path);
  if (!file)
    throw FileError(absl::StrCat("[Errno ", errno, "] ", std::strerror(errno), ": '", path, "'"),
                    ErrorKind::kOS);
  if (!header.empty()) file << comments << header << '\n';
  for (int64_t row = 0; row < table.extent(0); ++row) {
    for (int64_t column = 0; column < table.extent(1); ++column) {
      const int64_t indices[] = {row, column};
      const Value text = Check(PercentFormat(vm, format, PythonNumber(table.item(indices))));
      file << (column > 0 ? delimiter : "") << text.Get<StringObject>()->text();
    }
    file << '\n';
  }
  return Value::None();
}

Value ArchiveNames(Vm&, const Arguments& a) {
  std::vector<Value> names;
  for (const auto& [name, array] : a[0].Get<ArchiveObject>()->members) names.push_back(Str(name));
  return MakeList(std::move(names));
}
Value CloseArchive(Vm&, const Arguments&) { return Value::None(); }
Value EnterArchive(Vm&, const Arguments& a) { return a[0]; }

constexpr NativeRow kFunctions[] = {
    {"load", "file, mmap_mode=None, allow_pickle=False", Load},
    {"save", "file, arr", Save},
    {"savez", "file, *args, **kwds", SaveZ},
    {"savez_compressed", "file, *args, **kwds", SaveZCompressed},
    {"loadtxt",
     "fname, dtype=float, comments='#', delimiter=None, skiprows=0, usecols=None, unpack=False, "
     "max_rows=None, ndmin=0",
     LoadText},
    {"genfromtxt",
     "fname, dtype=float, comments='#', delimiter=None, skip_header=0, usecols=None, unpack=False, "
     "max_rows=None, ndmin=0",
     LoadText},
    {"savetxt", "fname, X, fmt='%.18e', delimiter=' ', header='', comments='# '", SaveText},
};
constexpr NativeRow kArchiveMethods[] = {{"keys", "", ArchiveNames},
                                         {"close", "", CloseArchive},
                                         {"__enter__", "", EnterArchive},
                                         {"__exit__", "type, value, traceback", CloseArchive}};
constexpr NativeRow kArchiveProperties[] = {{"files", "", ArchiveNames}};

}  // namespace

void DefineNumpyFiles(Vm& vm, ModuleObject& np) {
  DefineFunctions(vm, np.variables, kFunctions);
  DefineMethods(vm, *vm.classes().archive, kArchiveMethods);
  DefineProperties(vm, *vm.classes().archive, kArchiveProperties);
}

}  // namespace lathe::script
