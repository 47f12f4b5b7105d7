// Files: what is written reads back, and what is malformed is an error.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "lathe/array.h"

namespace lathe {
namespace {

std::string Path(const std::string& name) { return testing::TempDir() + name; }
void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(Npy, ReadsBackEveryDtype) {
  const Array values = Reshape(Arange(int64_t{0}, int64_t{6}), {2, 3});
  for (int k = 0; k < kDTypeCount; ++k) {
    const Array array = Cast(values, static_cast<DType>(k));
    SaveNpy(Path("a.npy"), array);
    const Array back = LoadNpy(Path("a.npy"));
    EXPECT_EQ(back.dtype(), array.dtype());
    EXPECT_EQ(back.ToString(), array.ToString());
  }
}

TEST(Npz, ReadsBackStoredAndDeflated) {
  const std::pair<std::string, Array> arrays[] = {{"x", Array({1, 2, 3})},
                                                  {"y", Reshape(Arange(int64_t{0}, int64_t{4}), {2, 2})}};
  for (const bool compressed : {false, true}) {
    SaveNpz(Path("a.npz"), arrays, compressed);
    const auto back = LoadNpz(Path("a.npz"));
    ASSERT_EQ(back.size(), 2u);
    EXPECT_EQ(back[1].first, "y");
    EXPECT_EQ(back[1].second.ToString(), "[[0 1]\n [2 3]]");
  }
}

TEST(Npy, DamagedFilesAreErrors) {
  SaveNpy(Path("b.npy"), Zeros({100}));
  std::ifstream file(Path("b.npy"), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  for (size_t length = 0; length < bytes.size(); length += 7) {
    Write(Path("c.npy"), bytes.substr(0, length));
    EXPECT_THROW(LoadNpy(Path("c.npy")), Error) << length;
  }
  EXPECT_THROW(LoadNpy(Path("missing.npy")), FileError);
  Write(Path("d.npz"), bytes);
  EXPECT_THROW(LoadNpz(Path("d.npz")), Error);
}

TEST(Csv, ReadsTablesAndNamesTheBadCell) {
  Write(Path("t.csv"), "a,b\n1,2\n3,4.5\n# note\n");
  CsvOptions options;
  options.skip_rows = 1;
  EXPECT_EQ(LoadCsv(Path("t.csv"), options).ToString(), "[[1.  2. ]\n [3.  4.5]]");
  Write(Path("t.csv"), "1,2\n3,x\n");
  EXPECT_THROW(LoadCsv(Path("t.csv")), ValueError);
}

}  // namespace
}  // namespace lathe
