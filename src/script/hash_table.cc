// Open addressing with linear probing; the index is rebuilt when three quarters full.
#include "src/script/hash_table.h"

namespace lathe::script {

size_t HashTable::Locate(KeyEquality& equality, const Value& key, uint64_t hash) const {
  bool failed = false, changed = false;
  const size_t place = LocateWhere(hash, [&](const Value& other) {
    if (other.Is(key)) return true;
    const Value compared = other;
    const uint64_t version = version_;
    const bool equal = equality.KeysEqual(compared, key);
    failed = equality.failed();
    changed = version_ != version;
    return equal || failed || changed;
  });
  return failed ? kNowhere : changed ? kChanged : place;
}

Value* HashTable::Find(KeyEquality& equality, const Value& key, uint64_t hash) {
  size_t place = kChanged;
  while (place == kChanged) {
    if (live_ == 0) return nullptr;
    place = Locate(equality, key, hash);
  }
  if (place == kNowhere || index_[place] < 0) return nullptr;
  return &entries_[static_cast<size_t>(index_[place])].value;
}

bool HashTable::Set(KeyEquality& equality, Value key, uint64_t hash, Value value) {
  size_t place = kChanged;
  while (place == kChanged) {
    if ((used_ + 1) * 4 > index_.size() * 3) Rebuild(live_ * 3 + 8);
    place = Locate(equality, key, hash);
  }
  if (place == kNowhere) return false;
  if (index_[place] >= 0) {
    entries_[static_cast<size_t>(index_[place])].value = std::move(value);
    return true;
  }
  index_[place] = static_cast<int32_t>(entries_.size());
  entries_.push_back({hash, std::move(key), std::move(value)});
  ++live_;
  ++used_;
  ++version_;
  return true;
}

Value HashTable::Remove(KeyEquality& equality, const Value& key, uint64_t hash) {
  size_t place = kChanged;
  while (place == kChanged) {
    if (live_ == 0) return Value();
    place = Locate(equality, key, hash);
  }
  if (place == kNowhere || index_[place] < 0) return Value();
  const int32_t position = index_[place];
  index_[place] = kDeleted;
  Entry& entry = entries_[static_cast<size_t>(position)];
  Value value = std::move(entry.value);
  entry.key = Value();
  --live_;
  ++version_;
  if (live_ == 0) Clear();
  return value;
}

bool HashTable::SetAll(KeyEquality& equality, const HashTable& from) {
  return from.VisitEntries(
      [&](const Entry& entry) { return Set(equality, entry.key, entry.hash, entry.value); });
}

void HashTable::Clear() {
  std::vector<Entry> entries = std::move(entries_);
  entries_.clear();
  index_.clear();
  live_ = used_ = 0;
  ++version_;
}

void HashTable::Rebuild(size_t capacity) {
  size_t places = 8;
  while (places * 3 < capacity * 4) places *= 2;
  std::vector<Entry> kept;
  kept.reserve(live_ + 1);
  for (Entry& entry : entries_) {
    if (!entry.key.IsUndefined()) kept.push_back(std::move(entry));
  }
  entries_ = std::move(kept);
  index_.assign(places, kEmpty);
  for (size_t k = 0; k < entries_.size(); ++k) {
    size_t place = Mix(entries_[k].hash) & (places - 1);
    while (index_[place] != kEmpty) place = (place + 1) & (places - 1);
    index_[place] = static_cast<int32_t>(k);
  }
  used_ = live_;
}

}  // namespace lathe::script
