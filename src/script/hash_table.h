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
  // False also if the comparison has failed.
  virtual bool KeysEqual(const Value& a, const Value& b) = 0;
  virtual bool failed() const = 0;

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

  // The value of `key`, or null: also if a comparison has failed.
  Value* Find(KeyEquality& equality, const Value& key, uint64_t hash);
  // The value of the first key of this hash that `is_wanted` says true of, or null.
  template <class IsWanted>
  Value* FindWhere(uint64_t hash, const IsWanted& is_wanted) {
    if (live_ == 0) return nullptr;
    const int32_t position = index_[LocateWhere(hash, is_wanted)];
    return position < 0 ? nullptr : &entries_[static_cast<size_t>(position)].value;
  }
  // Inserts or replaces; false if a comparison has failed.
  bool Set(KeyEquality& equality, Value key, uint64_t hash, Value value);
  // Inserts or replaces all entries of another table, or as many as come before a comparison that fails:
  // false.
  bool SetAll(KeyEquality& equality, const HashTable& from);
  // Calls `visit` with each entry until it gives false; the result is whether it never has. It may change the
  // table, as code of the script does that compares keys.
  template <class Visit>
  bool VisitEntries(const Visit& visit) const {
    for (size_t k = 0; k < entries_.size(); ++k) {
      const Entry entry = entries_[k];
      if (!entry.key.IsUndefined() && !visit(entry)) return false;
    }
    return true;
  }
  // Takes the entry out and returns its value; Undefined if there is none, or a comparison has failed.
  Value Remove(KeyEquality& equality, const Value& key, uint64_t hash);
  void Clear();
  // Counts insertions and deletions, so that an iteration notices them.
  uint64_t version() const { return version_; }

 private:
  static constexpr int32_t kEmpty = -1;
  static constexpr int32_t kDeleted = -2;
  static constexpr size_t kNowhere = SIZE_MAX;
  static constexpr size_t kChanged = SIZE_MAX - 1;
  // Position in index_ of the key, or of the empty place where the search ended; kNowhere if a comparison has
  // failed, kChanged if it has changed the table: then the search begins anew.
  size_t Locate(KeyEquality& equality, const Value& key, uint64_t hash) const;
  template <class IsWanted>
  size_t LocateWhere(uint64_t hash, const IsWanted& is_wanted) const {
    const size_t mask = index_.size() - 1;
    for (size_t place = Mix(hash) & mask;; place = (place + 1) & mask) {
      const int32_t position = index_[place];
      if (position == kEmpty) return place;
      if (position == kDeleted) continue;
      const Entry& entry = entries_[static_cast<size_t>(position)];
      if (entry.hash == hash && is_wanted(entry.key)) return place;
    }
  }
  // Spreads the low-entropy hashes of integers over the index.
  static size_t Mix(uint64_t hash) { return static_cast<size_t>((hash * 0x9E3779B97F4A7C15u) >> 20); }
  void Rebuild(size_t capacity);

  std::vector<Entry> entries_;
  std::vector<int32_t> index_;
  size_t live_ = 0;
  size_t used_ = 0;  // places of the index that are not empty
  uint64_t version_ = 0;
};

}  // namespace lathe::script
