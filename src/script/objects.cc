// The few methods of objects.
#include "src/script/objects.h"

#include <algorithm>

namespace lathe::script {

int64_t RangeObject::Count() const {
  // In unsigned arithmetic, since the distance of two integers may need 64 bits.
  if (step > 0 && start < stop) {
    const uint64_t distance = static_cast<uint64_t>(stop) - static_cast<uint64_t>(start) - 1;
    return static_cast<int64_t>(distance / static_cast<uint64_t>(step) + 1);
  }
  if (step < 0 && start > stop) {
    const uint64_t distance = static_cast<uint64_t>(start) - static_cast<uint64_t>(stop) - 1;
    return static_cast<int64_t>(distance / (0 - static_cast<uint64_t>(step)) + 1);
  }
  return 0;
}

// ---- Names ------------------------------------------------------------------------------------------
Namespace::Index Namespace::Intern(const Ref<StringObject>& name) {
  const auto [place, added] = indices_.try_emplace(name.get(), static_cast<Index>(names.size()));
  if (added) {
    names.push_back(name);
    values.emplace_back();
    const Value* fallback = builtins ? builtins->Find(name.get()) : nullptr;
    fallbacks.push_back(fallback ? *fallback : Value());
  }
  return place->second;
}

const Value* Namespace::Find(const StringObject* name) const {
  const auto place = indices_.find(name);
  if (place == indices_.end() || values[place->second].IsUndefined()) return nullptr;
  return &values[place->second];
}

bool Namespace::Remove(const StringObject* name) {
  const auto place = indices_.find(name);
  if (place == indices_.end() || values[place->second].IsUndefined()) return false;
  values[place->second] = Value();
  return true;
}

void AttributeList::Set(const Ref<StringObject>& name, Value value) {
  if (Value* old = Find(name.get())) {
    *old = std::move(value);
  } else {
    items.emplace_back(name, std::move(value));
  }
}

bool AttributeList::Remove(const StringObject* name) {
  const auto place =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.first.get() == name; });
  if (place == items.end()) return false;
  items.erase(place);
  return true;
}

// ---- Classes ----------------------------------------------------------------------------------------
ClassObject::~ClassObject() {
  for (const Value& value : attributes.values) {
    auto* function = value.As<FunctionObject>();
    if (function && function->owner == this) function->owner = nullptr;
    if (auto* property = value.As<PropertyObject>()) {
      for (const Value* part : {&property->getter, &property->setter}) {
        if (auto* inner = part->As<FunctionObject>(); inner && inner->owner == this) inner->owner = nullptr;
      }
    }
  }
}

bool ClassObject::IsSubclassOf(const ClassObject* other) const {
  return std::find(order.begin(), order.end(), other) != order.end();
}

const Value* ClassObject::Find(const StringObject* attribute) const {
  for (const ClassObject* type : order) {
    if (const Value* value = type->attributes.Find(attribute)) return value;
  }
  return nullptr;
}

}  // namespace lathe::script
