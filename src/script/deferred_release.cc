// Putting objects aside, and deleting them.
#include "src/script/deferred_release.h"

#include <algorithm>

namespace lathe::script {
namespace {

thread_local DeferredReleases* current = nullptr;

}  // namespace

DeferredReleases* DeferredReleases::Current() { return current; }

DeferredReleases::Scope::Scope() {
  if (!current) current = &releases_;
}

DeferredReleases::Scope::~Scope() {
  if (current != &releases_) return;
  releases_.SweepNow({});
  current = nullptr;
}

void DeferredReleases::Add(Object* object) {
  if (object->deferred_) return;
  object->deferred_ = true;
  objects_.push_back(object);
  // The memory of arrays is not hoarded.
  if (object->kind() == ObjectKind::kArray) limit_ = 0;
}

void DeferredReleases::SweepNow(std::span<const uint64_t> live) {
  // Deleting one may bring others here, behind the rest.
  size_t kept = 0;
  bool arrays = false;
  for (size_t k = 0; k < objects_.size(); ++k) {
    Object* object = objects_[k];
    const auto address = reinterpret_cast<uint64_t>(object);
    if (object->references_ > 0) {
      object->deferred_ = false;
    } else if (std::find(live.begin(), live.end(), address) != live.end()) {
      arrays = arrays || object->kind() == ObjectKind::kArray;
      objects_[kept++] = object;
    } else {
      Object::Destroy(object);
    }
  }
  objects_.resize(kept);
  limit_ = arrays ? 0 : std::max(kFewest, 2 * kept);
}

}  // namespace lathe::script
