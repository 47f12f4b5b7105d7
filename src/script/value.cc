// Destruction of objects and the lazily computed properties of strings.
#include "src/script/value.h"

#include <functional>
#include <vector>

#include "src/script/deferred_release.h"

namespace lathe::script {

int64_t Object::KindOffset() {
  static const Object probe(ObjectKind::kNative);
  return reinterpret_cast<const char*>(&probe.kind_) - reinterpret_cast<const char*>(&probe);
}

void Object::Unreferenced(Object* object) {
  if (DeferredReleases* releases = DeferredReleases::Current()) return releases->Add(object);
  Destroy(object);
}

void Object::Destroy(Object* object) {
  // Deleting an object releases those it refers to. The nested deletions are queued while one runs, so that
  // a list of a million links does not overflow the C++ stack.
  thread_local std::vector<Object*> queue;
  thread_local int depth = 0;
  if (depth >= 64) {
    queue.push_back(object);
    return;
  }
  ++depth;
  delete object;
  --depth;
  if (depth > 0) return;
  while (!queue.empty()) {
    Object* next = queue.back();
    queue.pop_back();
    ++depth;
    delete next;
    --depth;
  }
}

int64_t StringObject::length() const {
  if (bytes_) return static_cast<int64_t>(text_.size());
  if (length_ < 0) {
    length_ = 0;
    for (const char c : text_) length_ += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }
  return length_;
}

uint64_t StringObject::hash() const {
  if (hash_ == 0) hash_ = std::hash<std::string_view>()(text_) | 1;
  return hash_;
}

void StringObject::Append(std::string_view suffix) {
  text_ += suffix;
  length_ = -1;
  hash_ = 0;
}

}  // namespace lathe::script
