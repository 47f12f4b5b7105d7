// HashTable: an insertion-ordered map from values to values, behind dict and set. Entries stand in a vector
// in the order of insertion; an open-addressed index of positions finds them. Keys are compared by
// KeyEquality, which the VM implements, since an instance may define __eq__.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/script/value.h"

namespace lathe::script {

class KeyEquality {
 public:
  virtual bool KeysEqual(const Value& a, const Value& b) = 0;

 protected:
  ~KeyEquality() = default;
};

class HashTable {
 public:
  struct Entry {
    uint64_t hash;
    Value key;  // Undefined once deleted
    Value value;
  };

  size_t size() const { return live_; }
  // All entries in order, deleted ones included: skip those whose key is Undefined.
  const std::vector<Entry>& entries() const { return entries_; }
  std::vector<Entry>& entries() { return entries_; }

  // The value of `key`, or null.
  Value* Find(KeyEquality& equality, const Value& key, uint64_t hash);
  // Inserts or replaces.
  void Set(KeyEquality& equality, Value key, uint64_t hash, Value value);
  // Takes the entry out and returns its value; Undefined if there is none.
  Value Remove(KeyEquality& equality, const Value& key, uint64_t hash);
  void Clear();
  // Counts insertions and deletions, so that an iteration notices them.
  uint64_t version() const { return version_; }

 private:
  static constexpr int32_t kEmpty = -1;
  static constexpr int32_t kDeleted = -2;
  // Position in index_ of the key, or of the empty place where the search ended.
  size_t Locate(KeyEquality& equality, const Value& key, uint64_t hash) const;
  void Rebuild(size_t capacity);

  std::vector<Entry> entries_;
  std::vector<int32_t> index_;
  size_t live_ = 0;
  size_t used_ = 0;  // places of the index that are not empty
  uint64_t version_ = 0;
};

}  // namespace lathe::script
