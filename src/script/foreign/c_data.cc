// C values in scripts: members, elements, pointer arithmetic, and the memory behind them.
#include "src/script/foreign/c_data.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/script/foreign/c_function.h"
#include "src/script/foreign/convert.h"
#include "src/script/operators.h"

namespace lathe::script {

using ffi::CKind;
using ffi::CType;
using ffi::Qualified;

// ---- Memory -----------------------------------------------------------------------------------------
CMemoryRef CMemory::Allocate(size_t bytes) {
  CMemoryRef memory(new CMemory());
  // One byte at least: an empty array has an address too.
  memory->owned_.reset(static_cast<char*>(std::calloc(std::max<size_t>(bytes, 1), 1)));
  if (!memory->owned_) throw MemoryError(absl::StrCat("no memory for ", bytes, " bytes"));
  memory->data_ = memory->owned_.get();
  memory->bytes_ = bytes;
  return memory;
}

CMemoryRef CMemory::Borrow(char* data, size_t bytes, Value holder, bool writable) {
  CMemoryRef memory(new CMemory());
  memory->data_ = data;
  memory->bytes_ = bytes;
  memory->holder_ = std::move(holder);
  memory->writable_ = writable;
  return memory;
}

CMemoryRef CMemory::Finalised(char* data, Ref<CFunctionObject> finaliser) {
  CMemoryRef memory(new CMemory());
  memory->data_ = data;
  memory->bounded_ = false;
  memory->finaliser_ = std::move(finaliser);
  return memory;
}

void CMemory::Release() {
  if (std::exchange(released_, true)) return;
  if (finaliser_ && data_) {
    // Its declaration was checked by ffi.gc: one pointer in, the result ignored.
    reinterpret_cast<void (*)(void*)>(finaliser_->address)(data_);
  }
  finaliser_ = nullptr;
  holder_ = Value();
  kept_.clear();
}

CMemory::~CMemory() { Release(); }

const Value* CMemory::Kept(size_t offset) const {
  const auto found = kept_.find(offset);
  return found == kept_.end() ? nullptr : &found->second;
}

// ---- Access -----------------------------------------------------------------------------------------
int64_t CDataObject::KnownBytes() const {
  if (!memory || !memory->bounded()) return -1;
  return memory->data() + memory->bytes() - address();
}

void CDataObject::CheckAccess(const char* at, size_t size, bool write) const {
  if (!at) throw ValueError("'" + ffi::TypeText(ctype) + "' is null");
  if (!memory) return;
  if (memory->released()) throw ValueError("the memory of '" + ffi::TypeText(ctype) + "' has been released");
  if (write && !memory->writable())
    throw ValueError("the memory of '" + ffi::TypeText(ctype) + "' is read-only");
  if (!memory->bounded()) return;
  const auto first = reinterpret_cast<intptr_t>(at) - reinterpret_cast<intptr_t>(memory->data());
  if (first < 0 || static_cast<size_t>(first) + size > memory->bytes()) {
    throw IndexError(absl::StrCat("byte ", first, " to ", first + static_cast<intptr_t>(size), " of '",
                                  ffi::TypeText(ctype), "' is outside its memory of ", memory->bytes(),
                                  " bytes"));
  }
}

char* CDataObject::Element(Vm& vm, const Value& index, bool write) const {
  const Qualified target = Target();
  int64_t k, offset;
  if (!AsInteger(index, &k)) {
    throw Error(ErrorKind::kType, "'" + ffi::TypeText(ctype) + "' is indexed by an integer");
  }
  if (!target.type->complete) {
    throw Error(ErrorKind::kType, "'" + ffi::TypeText(target) + "' has no size: cast the pointer first");
  }
  if (ctype.type->Is(CKind::kArray) && (k < 0 || k >= ctype.type->length)) {
    throw IndexError(absl::StrCat("index ", k, " is out of range for '", ffi::TypeText(ctype), "'"));
  }
  if (__builtin_mul_overflow(k, static_cast<int64_t>(target.type->size), &offset)) {
    throw IndexError(absl::StrCat("index ", k, " is out of range"));
  }
  if (!address()) throw ValueError("'" + ffi::TypeText(ctype) + "' is null");
  char* at = reinterpret_cast<char*>(bits + static_cast<uint64_t>(offset));
  CheckAccess(at, target.type->size, write);
  if (write && target.constant) throw ValueError("'" + ffi::TypeText(ctype) + "' is const");
  static_cast<void>(vm);
  return at;
}

Value CDataObject::GetItem(Vm& vm, const Value& index) {
  if (!IsPointer() && !ctype.type->Is(CKind::kArray)) return Value();
  const Qualified target = Target();
  if (target.type->Is(CKind::kFunction))
    throw Error(ErrorKind::kType, "a pointer to a function has no elements");
  return LoadValue(state, target, Element(vm, index, false), memory);
}

bool CDataObject::SetItem(Vm& vm, const Value& index, const Value& value) {
  if (!IsPointer() && !ctype.type->Is(CKind::kArray)) return false;
  static const std::string kElement = "the element";
  char* at = Element(vm, index, true);
  FlushArrays();
  StoreValue(*state, *Target().type, value, at, memory && memory->bounded() ? memory : nullptr, {&kElement});
  return true;
}

// ---- Members ----------------------------------------------------------------------------------------
const CType& CDataObject::Aggregate(const Ref<StringObject>& name) const {
  const CType& type = ctype.type->IsAggregate() ? *ctype.type : *Target().type;
  if (!type.complete) {
    throw Error(ErrorKind::kAttribute,
                absl::StrCat("'", ffi::TypeText(type), "' is not defined: its member '", name->text(),
                             "' is not known"));
  }
  return type;
}

Value CDataObject::GetAttribute(Vm&, const Ref<StringObject>& name) {
  const bool pointer = IsPointer() && ctype.type->target.type->IsAggregate();
  if (!pointer && !ctype.type->IsAggregate()) return Value();
  const CType& type = Aggregate(name);
  const ffi::FoundField field = ffi::FindField(type, name->text());
  if (!field.type) {
    throw Error(ErrorKind::kAttribute,
                absl::StrCat("'", ffi::TypeText(type), "' has no member '", name->text(), "'"));
  }
  CheckAccess(address(), type.size, false);
  return LoadField(state, field, field.constant || Target().constant, address(), memory);
}

bool CDataObject::SetAttribute(Vm&, const Ref<StringObject>& name, const Value& value) {
  const bool pointer = IsPointer() && ctype.type->target.type->IsAggregate();
  if (!pointer && !ctype.type->IsAggregate()) return false;
  const CType& type = Aggregate(name);
  const ffi::FoundField field = ffi::FindField(type, name->text());
  if (!field.type) {
    throw Error(ErrorKind::kAttribute,
                absl::StrCat("'", ffi::TypeText(type), "' has no member '", name->text(), "'"));
  }
  if (field.constant || Target().constant) throw ValueError("member '" + name->text() + "' is const");
  CheckAccess(address(), type.size, true);
  FlushArrays();
  StoreField(*state, field, value, address(), memory && memory->bounded() ? memory : nullptr,
             {&name->text()});
  return true;
}

// ---- Pointers as values -----------------------------------------------------------------------------
Value CDataObject::Arithmetic(Vm& vm, Bytecode op, const Value& other, bool reflected) {
  const CType& type = *ctype.type;
  if (type.IsArithmetic()) {
    const Value number = ResultValue(state, ctype, reinterpret_cast<const char*>(&bits));
    return reflected ? BinaryOperation(vm, op, other, number) : BinaryOperation(vm, op, number, other);
  }
  if (!IsPointer() && !type.Is(CKind::kArray)) return Value();
  if (op != Bytecode::kAdd && op != Bytecode::kSubtract) return Value();
  const auto size = static_cast<int64_t>(Target().type->size);
  if (!Target().type->complete)
    throw Error(ErrorKind::kType, "'" + ffi::TypeText(Target()) + "' has no size: cast the pointer first");
  const Qualified pointer =
      IsPointer() ? ctype : Qualified{state->declarations.types().Pointer(Target()), false};
  if (const CDataObject* right = AsCData(other); right && !reflected && op == Bytecode::kSubtract) {
    if (!ffi::SameType(*right->Target().type, *Target().type) || size == 0) return Value();
    return Value::Int((static_cast<int64_t>(bits) - static_cast<int64_t>(right->bits)) / size);
  }
  int64_t count, bytes;
  if (!AsInteger(other, &count) || (reflected && op == Bytecode::kSubtract)) return Value();
  if (op == Bytecode::kSubtract) count = -count;
  if (__builtin_mul_overflow(count, size, &bytes))
    throw Error(ErrorKind::kOverflow, "the address is out of range");
  return Make<CDataObject>(state, pointer, bits + static_cast<uint64_t>(bytes), memory);
}

bool CDataObject::Truth() {
  return bits != 0 && !(ctype.type->IsArithmetic() && ffi::IsFloating(ctype.type->scalar) && bits << 1 == 0);
}

int64_t CDataObject::Length() { return ctype.type->Is(CKind::kArray) ? ctype.type->length : -1; }

uint64_t CDataObject::Identity() { return ctype.type->IsArithmetic() ? 0 : bits | (bits == 0); }

std::string CDataObject::Repr() {
  const std::string text = "<cdata '" + ffi::TypeText(ctype) + "' ";
  if (ctype.type->IsArithmetic()) {
    return ffi::IsFloating(ctype.type->scalar)
               ? absl::StrCat(text, ResultValue(state, ctype, reinterpret_cast<const char*>(&bits)).number(),
                              ">")
               : absl::StrCat(text, static_cast<int64_t>(bits), ">");
  }
  if (bits == 0) return text + "NULL>";
  if (memory && memory->owned() && address() == memory->data()) {
    return absl::StrCat(text, "owning ", memory->bytes(), " bytes>");
  }
  return absl::StrCat(text, "0x", absl::Hex(bits), ">");
}

}  // namespace lathe::script
