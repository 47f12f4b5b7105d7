// Putting objects aside, and deleting them.
#include "src/script/deferred_release.h"

#include <algorithm>

#include "src/script/objects.h"

namespace lathe::script {
namespace {

thread_local DeferredReleases* current = nullptr;
// The memory of a list of objects that has been emptied: loops are entered often.
thread_local std::vector<Object*> spare;

// The memory that goes with an object, about; what it refers to comes here when it goes.
size_t BytesOf(const Object& object) {
  constexpr size_t kObject = 64;
  switch (object.kind()) {
    case ObjectKind::kString:
      return kObject + static_cast<const StringObject&>(object).text().size();
    case ObjectKind::kList:
      return kObject + static_cast<const ListObject&>(object).items.size() * sizeof(Value);
    case ObjectKind::kTuple:
      return kObject + static_cast<const TupleObject&>(object).items.size() * sizeof(Value);
    case ObjectKind::kDict:
      return kObject + static_cast<const DictObject&>(object).table.size() * sizeof(HashTable::Entry);
    case ObjectKind::kSet:
      return kObject + static_cast<const SetObject&>(object).table.size() * sizeof(HashTable::Entry);
    case ObjectKind::kArray: {
      const Array& array = static_cast<const ArrayObject&>(object).array;
      return kObject + static_cast<size_t>(array.size() * ItemSize(array.dtype()));
    }
    default:
      return kObject;
  }
}

}  // namespace

DeferredReleases* DeferredReleases::Current() { return current; }

DeferredReleases::Scope::Scope(std::atomic<int>* attention) {
  if (current) return;
  current = &releases_;
  releases_.attention_ = attention;
  releases_.objects_ = std::move(spare);
}

DeferredReleases::Scope::~Scope() {
  if (current != &releases_) return;
  releases_.SweepNow({});
  current = nullptr;
  spare = std::move(releases_.objects_);
  spare.clear();
  if (!releases_.asked_) return;
  int asks = kAsksToLeave;
  releases_.attention_->compare_exchange_strong(asks, kNoAttention, std::memory_order_relaxed);
}

void DeferredReleases::Add(Object* object) {
  if (object->deferred_) return;
  object->deferred_ = true;
  objects_.push_back(object);
  // The memory of arrays is not hoarded.
  if (object->kind() == ObjectKind::kArray) limit_ = 0;
  bytes_ += BytesOf(*object);
  const bool many = bytes_ >= kMostBytes || objects_.size() >= kMostObjects;
  if (!many || asked_ || !attention_) return;
  asked_ = true;
  int none = kNoAttention;
  attention_->compare_exchange_strong(none, Scope::kAsksToLeave, std::memory_order_relaxed);
}

void DeferredReleases::SweepNow(std::span<const uint64_t> live) {
  // Deleting one may bring others here, behind the rest.
  size_t kept = 0;
  bool arrays = false;
  size_t bytes = 0;
  for (size_t k = 0; k < objects_.size(); ++k) {
    Object* object = objects_[k];
    const auto address = reinterpret_cast<uint64_t>(object);
    if (object->references_ > 0) {
      object->deferred_ = false;
    } else if (std::find(live.begin(), live.end(), address) != live.end()) {
      arrays = arrays || object->kind() == ObjectKind::kArray;
      bytes += BytesOf(*object);
      objects_[kept++] = object;
    } else {
      Object::Destroy(object);
    }
  }
  objects_.resize(kept);
  bytes_ = bytes;
  limit_ = arrays ? 0 : std::max(kFewest, 2 * kept);
}

}  // namespace lathe::script
