// Value: what a script's variables hold, 16 bytes. None, booleans, 64-bit integers, floats and NumPy scalars
// stand in the value itself; all else is an Object with an intrusive count of references. Counting is not
// atomic: an interpreter and all its values belong to one thread. Cycles of references are not collected.
//
// Knows nothing of bytecode or the VM. Two tags are no Python values: Undefined (an unbound slot, an absent
// argument, the end of an iteration) and Error (a call failed and the VM holds the exception).
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "lathe/dtype.h"

namespace lathe::script {

enum class Tag : uint8_t {
  kUndefined,
  kError,
  kNone,
  kEllipsis,
  kNotImplemented,
  kBool,
  kInt,
  kFloat,
  kScalar,
  kObject
};

enum class ObjectKind : uint8_t {
  kString,
  kList,
  kTuple,
  kDict,
  kSet,
  kRange,
  kSlice,
  kFunction,
  kCell,
  kBoundMethod,
  kNative,
  kClass,
  kInstance,
  kException,
  kModule,
  kIterator,
  kDictView,
  kProperty,
  kSuper,
  kFile,
  kArray,
  kDType,
  kUfunc,
  kRandom,
  kArchive,
  kCode,
  kForeign
};

class DeferredReleases;

class Object {
 public:
  explicit Object(ObjectKind kind) : kind_(kind) {}
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() = default;
  // Memory comes from a pool of the thread (object_pool.cc).
  static void* operator new(size_t size);
  static void operator delete(void* memory, size_t size);
  ObjectKind kind() const { return kind_; }
  void Retain() { ++references_; }
  void Release() {
    if (--references_ == 0) Unreferenced(this);
  }
  uint32_t references() const { return references_; }
  // Where machine code finds the kind.
  static int64_t KindOffset();

 private:
  friend class DeferredReleases;
  // Deletes `object`, later if a loop trace runs.
  static void Unreferenced(Object* object);
  // Deletes `object`; chains of objects are taken apart in a loop, however long they are.
  static void Destroy(Object* object);

  uint32_t references_ = 0;
  ObjectKind kind_;
  bool deferred_ = false;  // DeferredReleases has it
};

// A counted pointer to an object of a known class.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}  // NOLINT: implicit on purpose
  explicit Ref(T* object) : object_(object) {
    if (object_) object_->Retain();
  }
  Ref(const Ref& other) : Ref(other.object_) {}
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
  Ref(const Ref<U>& other) : Ref(static_cast<T*>(other.get())) {}  // NOLINT: implicit on purpose
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_) object_->Release();
  }
  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  friend bool operator==(const Ref& a, const Ref& b) { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

template <class T, class... Arguments>
Ref<T> Make(Arguments&&... arguments) {
  return Ref<T>(new T(std::forward<Arguments>(arguments)...));
}

class Value {
 public:
  Value() : Value(Tag::kUndefined) {}
  template <class T>
  Value(const Ref<T>& object) : Value(static_cast<Object*>(object.get())) {}  // NOLINT: implicit on purpose
  explicit Value(Object* object) : tag_(Tag::kObject) {
    payload_.object = object;
    object->Retain();
  }
  Value(const Value& other) : tag_(other.tag_), dtype_(other.dtype_), payload_(other.payload_) {
    if (tag_ == Tag::kObject) payload_.object->Retain();
  }
  Value(Value&& other) noexcept : tag_(other.tag_), dtype_(other.dtype_), payload_(other.payload_) {
    other.tag_ = Tag::kUndefined;
  }
  Value& operator=(const Value& other) {
    Value copy(other);
    Swap(copy);
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    Value moved(std::move(other));
    Swap(moved);
    return *this;
  }
  ~Value() {
    if (tag_ == Tag::kObject) payload_.object->Release();
  }

  static Value None() { return Value(Tag::kNone); }
  static Value Ellipsis() { return Value(Tag::kEllipsis); }
  static Value NotImplemented() { return Value(Tag::kNotImplemented); }
  static Value Error() { return Value(Tag::kError); }
  static Value Bool(bool b) {
    Value v(Tag::kBool);
    v.payload_.integer = b;
    return v;
  }
  static Value Int(int64_t i) {
    Value v(Tag::kInt);
    v.payload_.integer = i;
    return v;
  }
  static Value Float(double d) {
    Value v(Tag::kFloat);
    v.payload_.number = d;
    return v;
  }
  static Value Of(Scalar scalar) {
    Value v(Tag::kScalar);
    v.dtype_ = scalar.dtype;
    v.payload_.integer = static_cast<int64_t>(scalar.bits);
    return v;
  }

  // Where machine code finds the parts of a value.
  static constexpr int64_t kTagOffset = 0;
  static constexpr int64_t kDTypeOffset = 1;
  static constexpr int64_t kPayloadOffset = 8;

  Tag tag() const { return tag_; }
  bool IsUndefined() const { return tag_ == Tag::kUndefined; }
  bool IsError() const { return tag_ == Tag::kError; }
  bool IsNone() const { return tag_ == Tag::kNone; }
  bool IsBool() const { return tag_ == Tag::kBool; }
  bool IsInt() const { return tag_ == Tag::kInt; }
  bool IsFloat() const { return tag_ == Tag::kFloat; }
  bool IsScalar() const { return tag_ == Tag::kScalar; }
  bool IsObject() const { return tag_ == Tag::kObject; }
  bool IsObject(ObjectKind kind) const { return IsObject() && payload_.object->kind() == kind; }
  // True for a Python int or bool, whose value is integer().
  bool IsIntegral() const { return tag_ == Tag::kInt || tag_ == Tag::kBool; }

  int64_t integer() const { return payload_.integer; }
  double number() const { return payload_.number; }
  bool boolean() const { return payload_.integer != 0; }
  Scalar scalar() const { return Scalar{dtype_, static_cast<uint64_t>(payload_.integer)}; }
  Object* object() const { return payload_.object; }

  // The object as a T, or null if this is something else.
  template <class T>
  T* As() const {
    return IsObject(T::kKind) ? static_cast<T*>(payload_.object) : nullptr;
  }
  // The object as a T, which it must be.
  template <class T>
  T* Get() const {
    return static_cast<T*>(payload_.object);
  }
  // Python's `is`.
  bool Is(const Value& other) const {
    return tag_ == other.tag_ && payload_.integer == other.payload_.integer && dtype_ == other.dtype_;
  }

  // Overwrites a value known to be no object.
  void SetInt(int64_t i) {
    tag_ = Tag::kInt;
    dtype_ = DType::kBool;
    payload_.integer = i;
  }
  void SetFloat(double d) {
    tag_ = Tag::kFloat;
    dtype_ = DType::kBool;
    payload_.number = d;
  }
  void SetBool(bool b) {
    tag_ = Tag::kBool;
    dtype_ = DType::kBool;
    payload_.integer = b;
  }
  void Swap(Value& other) noexcept {
    std::swap(tag_, other.tag_);
    std::swap(dtype_, other.dtype_);
    std::swap(payload_, other.payload_);
  }

 private:
  explicit Value(Tag tag) : tag_(tag) { payload_.integer = 0; }

  friend class BorrowedValue;
  Tag tag_;
  DType dtype_ = DType::kBool;  // of a NumPy scalar
  union Payload {
    int64_t integer;
    double number;
    Object* object;
  } payload_;
};
static_assert(sizeof(Value) == 16);

// A value that somebody else keeps alive while it is here: it is not counted.
class BorrowedValue {
 public:
  BorrowedValue() : value_() {}
  BorrowedValue(Tag tag, DType dtype, uint64_t payload) : value_(tag) {
    value_.dtype_ = dtype;
    SetPayload(payload);
  }
  explicit BorrowedValue(const Value& value)
      : BorrowedValue(value.tag_, value.dtype_, static_cast<uint64_t>(value.payload_.integer)) {}
  BorrowedValue(const BorrowedValue& other) : BorrowedValue(other.value_) {}
  BorrowedValue& operator=(const BorrowedValue& other) {
    new (this) BorrowedValue(other);
    return *this;
  }
  ~BorrowedValue() {}
  void SetPayload(uint64_t word) { value_.payload_.integer = static_cast<int64_t>(word); }
  const Value& operator*() const { return value_; }
  const Value* operator->() const { return &value_; }

 private:
  union {
    Value value_;
  };
};
static_assert(sizeof(BorrowedValue) == sizeof(Value));

// A string: UTF-8. Names (of variables and attributes) are interned, so that they compare by address.
class StringObject : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::kString;
  // `bytes`: the characters are bytes of no encoding, what a file opened as binary gives.
  explicit StringObject(std::string text, bool bytes = false)
      : Object(kKind), text_(std::move(text)), bytes_(bytes) {}
  bool bytes() const { return bytes_; }
  const std::string& text() const { return text_; }
  // Number of code points.
  int64_t length() const;
  bool ascii() const { return length() == static_cast<int64_t>(text_.size()); }
  uint64_t hash() const;
  // The string with `suffix` appended in place: only for a string that nobody else refers to.
  void Append(std::string_view suffix);

 private:
  std::string text_;
  mutable int64_t length_ = -1;
  mutable uint64_t hash_ = 0;  // 0: not known yet
  bool bytes_ = false;
};

inline Value Str(std::string text) { return Make<StringObject>(std::move(text)); }

}  // namespace lathe::script
