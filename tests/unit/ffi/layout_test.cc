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

struct Size {
  const char* type;
  size_t size, alignment;
};
#define SIZE_OF(TYPE) \
  Size { #TYPE, sizeof(TYPE), alignof(TYPE) }

TEST_F(LayoutTest, SizesAndAlignments) {
  for (const Size& row :
       {SIZE_OF(padded), SIZE_OF(mixed), SIZE_OF(one), SIZE_OF(ladder), SIZE_OF(choice), SIZE_OF(variant),
        SIZE_OF(table), SIZE_OF(node), SIZE_OF(nested), SIZE_OF(small_enum), SIZE_OF(signed_enum),
        SIZE_OF(wide_enum), SIZE_OF(with_enums), SIZE_OF(packed_struct), SIZE_OF(wide), SIZE_OF(computed)}) {
    EXPECT_EQ(Type(row.type).size, row.size) << row.type;
    EXPECT_EQ(Type(row.type).alignment, row.alignment) << row.type;
  }
}
#undef SIZE_OF

struct Offset {
  const char *type, *field;
  size_t offset;
};
#define OFFSET_OF(TYPE, FIELD) \
  Offset { #TYPE, #FIELD, offsetof(TYPE, FIELD) }

TEST_F(LayoutTest, Offsets) {
  for (const Offset& row :
       {OFFSET_OF(padded, b),     OFFSET_OF(padded, c),        OFFSET_OF(mixed, b),
        OFFSET_OF(mixed, c),      OFFSET_OF(mixed, d),         OFFSET_OF(ladder, b),
        OFFSET_OF(ladder, c),     OFFSET_OF(ladder, d),        OFFSET_OF(ladder, e),
        OFFSET_OF(ladder, e2),    OFFSET_OF(ladder, f),        OFFSET_OF(variant, number),
        OFFSET_OF(variant, text), OFFSET_OF(variant, inner),   OFFSET_OF(table, flag),
        OFFSET_OF(table, truth),  OFFSET_OF(node, visit),      OFFSET_OF(node, name),
        OFFSET_OF(nested, tail),  OFFSET_OF(with_enums, e),    OFFSET_OF(with_enums, w),
        OFFSET_OF(with_enums, s), OFFSET_OF(packed_struct, b), OFFSET_OF(packed_struct, c),
        OFFSET_OF(wide, c),       OFFSET_OF(wide, d),          OFFSET_OF(computed, b),
        OFFSET_OF(computed, c)}) {
    EXPECT_EQ(FindField(Type(row.type), row.field).offset, row.offset) << row.type << "." << row.field;
  }
}
#undef OFFSET_OF

TEST_F(LayoutTest, Scalars) {
#define C_SCALAR(ID, TEXT, CTYPE) EXPECT_EQ(Type(TEXT).scalar, CScalar::k##ID) << TEXT;
#include "src/ffi/c_scalars.def"
#undef C_SCALAR
#define C_SCALAR(ID, TEXT, CTYPE) EXPECT_EQ(Type(TEXT).size, sizeof(CTYPE)) << TEXT;
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
