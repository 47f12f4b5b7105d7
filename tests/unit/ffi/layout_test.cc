// Layout of structs, unions and enums: ours against the compiler's.
#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <sstream>

#include "src/ffi/declarations.h"

namespace lathe::ffi {
namespace {

#include "layout_structs.h"

std::string StructsText() {
  std::ifstream file(LATHE_SOURCE_DIR "/tests/unit/ffi/layout_structs.h");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class LayoutTest : public testing::Test {
 protected:
  LayoutTest() { declarations_.Add(StructsText()); }
  const CType& Type(const char* name) { return *declarations_.ParseType(name).type; }
  Declarations declarations_;
};

TEST_F(LayoutTest, SizesAndAlignments) {
#define CHECK_TYPE(TYPE)                              \
  EXPECT_EQ(Type(#TYPE).size, sizeof(TYPE)) << #TYPE; \
  EXPECT_EQ(Type(#TYPE).alignment, alignof(TYPE)) << #TYPE;
  CHECK_TYPE(padded)
  CHECK_TYPE(mixed)
  CHECK_TYPE(one) CHECK_TYPE(ladder) CHECK_TYPE(choice) CHECK_TYPE(variant) CHECK_TYPE(table) CHECK_TYPE(node)
      CHECK_TYPE(nested) CHECK_TYPE(small_enum) CHECK_TYPE(signed_enum) CHECK_TYPE(wide_enum)
          CHECK_TYPE(with_enums) CHECK_TYPE(packed_struct) CHECK_TYPE(wide) CHECK_TYPE(computed)
#undef CHECK_TYPE
}

TEST_F(LayoutTest, Offsets) {
#define CHECK_FIELD(TYPE, FIELD) \
  EXPECT_EQ(FindField(Type(#TYPE), #FIELD).offset, offsetof(TYPE, FIELD)) << #TYPE "." #FIELD;
  CHECK_FIELD(padded, b)
  CHECK_FIELD(padded, c)
  CHECK_FIELD(mixed, b) CHECK_FIELD(mixed, c) CHECK_FIELD(mixed, d) CHECK_FIELD(ladder, b)
      CHECK_FIELD(ladder, c) CHECK_FIELD(ladder, d) CHECK_FIELD(ladder, e) CHECK_FIELD(ladder, e2)
          CHECK_FIELD(ladder, f) CHECK_FIELD(variant, number) CHECK_FIELD(variant, text)
              CHECK_FIELD(variant, inner) CHECK_FIELD(table, flag) CHECK_FIELD(table, truth)
                  CHECK_FIELD(node, visit) CHECK_FIELD(node, name) CHECK_FIELD(nested, tail)
                      CHECK_FIELD(with_enums, e) CHECK_FIELD(with_enums, w) CHECK_FIELD(with_enums, s)
                          CHECK_FIELD(packed_struct, b) CHECK_FIELD(packed_struct, c) CHECK_FIELD(wide, c)
                              CHECK_FIELD(wide, d) CHECK_FIELD(computed, b) CHECK_FIELD(computed, c)
#undef CHECK_FIELD
}

TEST_F(LayoutTest, Scalars) {
#define C_SCALAR(ID, TEXT, CTYPE)                       \
  EXPECT_EQ(Type(TEXT).scalar, CScalar::k##ID) << TEXT; \
  EXPECT_EQ(Type(TEXT).size, sizeof(CTYPE)) << TEXT;
#include "src/ffi/c_scalars.def"
#undef C_SCALAR
  EXPECT_EQ(Type("size_t").size, sizeof(size_t));
  EXPECT_EQ(Type("wchar_t").size, sizeof(wchar_t));
  EXPECT_EQ(Type("off_t").size, sizeof(off_t));
}

TEST_F(LayoutTest, Constants) {
  EXPECT_EQ(declarations_.Constant("SECOND"), SECOND);
  EXPECT_EQ(declarations_.Constant("LAST"), LAST);
  EXPECT_EQ(declarations_.Constant("NEGATIVE"), NEGATIVE);
  EXPECT_EQ(declarations_.Constant("WIDE"), static_cast<int64_t>(WIDE));
  EXPECT_EQ(declarations_.Constant("THIRD"), std::nullopt);
}

}  // namespace
}  // namespace lathe::ffi
