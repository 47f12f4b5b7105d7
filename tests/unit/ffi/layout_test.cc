// Layout of structs, unions and enums: ours against the compiler's.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
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
       {SIZE_OF(padded),     SIZE_OF(mixed),         SIZE_OF(one),         SIZE_OF(ladder),
        SIZE_OF(choice),     SIZE_OF(variant),       SIZE_OF(table),       SIZE_OF(node),
        SIZE_OF(nested),     SIZE_OF(small_enum),    SIZE_OF(signed_enum), SIZE_OF(wide_enum),
        SIZE_OF(with_enums), SIZE_OF(packed_struct), SIZE_OF(wide),        SIZE_OF(computed),
        SIZE_OF(bits),       SIZE_OF(mixed_bits),    SIZE_OF(gaps),        SIZE_OF(bit_choice)}) {
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

// Where the compiler puts ones if a bit-field is all ones, ours is.
template <class Struct, class Fill>
void CheckBits(const CType& type, const char* field, const Fill& fill) {
  Struct theirs;
  std::memset(&theirs, 0, sizeof theirs);
  fill(theirs);
  unsigned char ours[sizeof theirs] = {};
  const FoundField found = FindField(type, field);
  ASSERT_TRUE(found.is_bits()) << field;
  for (int k = 0; k < found.bit_width; ++k) {
    const size_t bit = found.offset * 8 + static_cast<size_t>(found.bit_offset + k);
    ours[bit / 8] = static_cast<unsigned char>(ours[bit / 8] | 1u << bit % 8);
  }
  EXPECT_EQ(std::memcmp(ours, &theirs, sizeof theirs), 0) << field;
}

TEST_F(LayoutTest, BitFields) {
  CheckBits<bits>(Type("bits"), "a", [](bits& s) { s.a = 7; });
  CheckBits<bits>(Type("bits"), "b", [](bits& s) { s.b = 127; });
  CheckBits<bits>(Type("bits"), "c", [](bits& s) { s.c = -1; });
  CheckBits<bits>(Type("bits"), "d", [](bits& s) { s.d = (1u << 20) - 1; });
  CheckBits<mixed_bits>(Type("mixed_bits"), "b", [](mixed_bits& s) { s.b = -1; });
  CheckBits<mixed_bits>(Type("mixed_bits"), "c", [](mixed_bits& s) { s.c = -1; });
  CheckBits<mixed_bits>(Type("mixed_bits"), "d", [](mixed_bits& s) { s.d = -1; });
  CheckBits<mixed_bits>(Type("mixed_bits"), "e", [](mixed_bits& s) { s.e = 1; });
  CheckBits<gaps>(Type("gaps"), "a", [](gaps& s) { s.a = 15; });
  CheckBits<gaps>(Type("gaps"), "b", [](gaps& s) { s.b = 15; });
  CheckBits<gaps>(Type("gaps"), "c", [](gaps& s) { s.c = 511; });
  CheckBits<bit_choice>(Type("bit_choice"), "a", [](bit_choice& s) { s.a = 31; });
  CheckBits<bit_choice>(Type("bit_choice"), "c", [](bit_choice& s) { s.c = -1; });
}

}  // namespace
}  // namespace lathe::ffi
