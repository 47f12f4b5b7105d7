// CDataObject: a C value in a script - a pointer, a struct, union or array in memory, or a number that was
// given a C type. CMemory: a piece of memory and who keeps it alive.
//
// A pointer into memory of which the extent is known (made by ffi.new, ffi.from_buffer or from such a
// pointer) is checked whenever it is used; of a pointer that C returned only null is caught.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/script/foreign/ffi_state.h"
#include "src/script/foreign_object.h"

namespace lathe::script {

class CFunctionObject;

class CMemory {
 public:
  // `bytes` zeroed bytes; throws MemoryError.
  static std::shared_ptr<CMemory> Allocate(size_t bytes);
  // Memory of somebody else: `holder` keeps it.
  static std::shared_ptr<CMemory> Borrow(char* data, size_t bytes, Value holder, bool writable);
  // Memory of unknown extent that `finaliser` is called for, with its address, when nothing holds it any
  // more.
  static std::shared_ptr<CMemory> Finalised(char* data, Ref<CFunctionObject> finaliser);
  CMemory(const CMemory&) = delete;
  CMemory& operator=(const CMemory&) = delete;
  ~CMemory();

  char* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  bool bounded() const { return bounded_; }
  bool Contains(uint64_t address) const { return address - reinterpret_cast<uint64_t>(data_) <= bytes_; }
  bool writable() const { return writable_; }
  bool released() const { return released_; }
  bool owned() const { return owned_ != nullptr; }
  bool finalised() const { return static_cast<bool>(finaliser_); }
  // Frees the memory or calls the finaliser now. Owned memory that arrays still show lives on for them alone.
  void Release();
  // Keeps `value` alive as long as this memory: C finds its address at `offset` of it. An earlier value that
  // was kept for the same place goes.
  void Keep(size_t offset, Value value) { kept_[offset] = std::move(value); }
  void Keep(Value value) { kept_[bytes_ + 1 + kept_.size()] = std::move(value); }
  void Forget(size_t offset) { kept_.erase(offset); }
  const Value* Kept(size_t offset) const;

 private:
  CMemory() = default;
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  char* data_ = nullptr;
  size_t bytes_ = 0;
  bool bounded_ = true;
  bool writable_ = true;
  bool released_ = false;
  std::unique_ptr<char, Free> owned_;
  Value holder_;
  Ref<CFunctionObject> finaliser_;
  std::map<size_t, Value> kept_;
};
using CMemoryRef = std::shared_ptr<CMemory>;

class CDataObject : public ForeignObject {
 public:
  // `bits`: a pointer's address, a number's bits, or where an aggregate or array stands.
  CDataObject(FfiStateRef s, ffi::Qualified t, uint64_t b, CMemoryRef m = nullptr)
      : ForeignObject(s->data), state(std::move(s)), ctype(t), bits(b), memory(std::move(m)) {}

  Value GetAttribute(Vm& vm, const Ref<StringObject>& name) override;
  Value GetItem(Vm& vm, const Value& index) override;
  Value Arithmetic(Vm& vm, Bytecode op, const Value& other, bool reflected) override;
  bool SetAttribute(Vm& vm, const Ref<StringObject>& name, const Value& value) override;
  bool SetItem(Vm& vm, const Value& index, const Value& value) override;
  bool Truth() override;
  int64_t Length() override;
  uint64_t Identity() override;
  std::string Repr() override;

  char* address() const { return reinterpret_cast<char*>(bits); }
  bool IsPointer() const { return ctype.type->Is(ffi::CKind::kPointer); }
  // What the pointer or array points to, or the aggregate itself.
  ffi::Qualified Target() const { return ctype.type->IsAggregate() ? ctype : ctype.type->target; }
  // Throws unless `bytes` at `at` may be read (or written).
  void CheckAccess(const char* at, size_t bytes, bool write) const;
  // Bytes from the address to the end of the memory; negative if that is unknown.
  int64_t KnownBytes() const;

  const FfiStateRef state;
  const ffi::Qualified ctype;
  const uint64_t bits;
  const CMemoryRef memory;

 private:
  // The struct or union that attributes are of, and where it stands; throws AttributeError if there is none.
  const ffi::CType& Aggregate(const Ref<StringObject>& name) const;
  // The address of element `index`.
  char* Element(Vm& vm, const Value& index, bool write) const;
};

// The C value that a value is, or null.
inline CDataObject* AsCData(const Value& value) { return AsForeign<CDataObject>(value); }

// A type that ffi.typeof made.
class CTypeObject : public ForeignObject {
 public:
  CTypeObject(FfiStateRef s, ffi::Qualified t) : ForeignObject(s->type), state(std::move(s)), ctype(t) {}
  std::string Repr() override { return "<ctype '" + ffi::TypeText(ctype) + "'>"; }
  const FfiStateRef state;
  const ffi::Qualified ctype;
};

}  // namespace lathe::script
