// Comparing and mapping abstract values.
#include "src/script/loop_recorder/abstract_value.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace lathe::script {

Abstract MapRefs(const Abstract& a, const std::function<Node(Node, DType)>& map, bool all) {
  Abstract result = a;
  if (a.ref != kNoRef) result.ref = map(a.ref, a.IsNumber() ? a.dtype : DType::kInt64);
  if (!a.parts) return result;
  auto parts = std::make_shared<AbstractParts>(*a.parts);
  const size_t strides = 1 + static_cast<size_t>(parts->rank);
  for (size_t k = 0; k < parts->refs.size(); ++k) {
    const bool known =
        a.kind == AbstractKind::kArray && k >= strides && parts->strides[k - strides] != kUnknownStride;
    if (all || !known) parts->refs[k] = map(parts->refs[k], DType::kInt64);
  }
  for (Abstract& item : parts->items) item = MapRefs(item, map, all);
  result.parts = std::move(parts);
  return result;
}

Abstract MapIdentities(const Abstract& a, const std::function<ObjectIdentity(ObjectIdentity)>& map) {
  Abstract result = a;
  if (a.identity != kNoIdentity) result.identity = map(a.identity);
  if (!a.parts || a.parts->items.empty()) return result;
  auto parts = std::make_shared<AbstractParts>(*a.parts);
  for (Abstract& item : parts->items) item = MapIdentities(item, map);
  result.parts = std::move(parts);
  return result;
}

bool SameType(const Abstract& a, const Abstract& b, bool objects) {
  if (a.kind != b.kind || a.dtype != b.dtype || a.object_kind != b.object_kind) return false;
  if (objects && (a.ref == kNoRef) != (b.ref == kNoRef)) return false;
  if (a.kind == AbstractKind::kConstant) return a.constant.Is(b.constant);
  const bool is_made_of_it = a.Is(AbstractKind::kGeneratorBody) || a.Is(AbstractKind::kFunctionBody) ||
                             a.Is(AbstractKind::kExceptionBody);
  if (is_made_of_it && !a.constant.Is(b.constant)) return false;
  if (!a.parts || !b.parts) return !a.parts && !b.parts;
  const AbstractParts& p = *a.parts;
  const AbstractParts& q = *b.parts;
  if (p.number != q.number || p.rank != q.rank || p.writable != q.writable || p.is_view != q.is_view ||
      p.strides != q.strides || p.traceback != q.traceback || p.refs.size() != q.refs.size() ||
      p.items.size() != q.items.size()) {
    return false;
  }
  for (size_t k = 0; k < p.items.size(); ++k) {
    if (!SameType(p.items[k], q.items[k], objects)) return false;
  }
  return true;
}

bool SameValue(const Abstract& a, const Abstract& b) {
  if (!SameType(a, b)) return false;
  std::vector<Node> refs;
  ForEachRef(a, [&](Node ref, DType) { refs.push_back(ref); });
  size_t k = 0;
  bool same = true;
  ForEachRef(b, [&](Node ref, DType) { same = same && refs[k++] == ref; });
  std::vector<ObjectIdentity> identities;
  ForEachIdentity(a, [&](ObjectIdentity identity) { identities.push_back(identity); });
  k = 0;
  ForEachIdentity(b, [&](ObjectIdentity identity) { same = same && identities[k++] == identity; });
  return same;
}

bool IdentityMap::Pair(ObjectIdentity a, ObjectIdentity b) {
  for (const auto& [from, to] : pairs_) {
    if (from == a || to == b) return from == a && to == b;
  }
  pairs_.emplace_back(a, b);
  return true;
}

bool IdentityMap::Pair(const Abstract& a, const Abstract& b) {
  std::vector<ObjectIdentity> identities;
  ForEachIdentity(a, [&](ObjectIdentity identity) { identities.push_back(identity); });
  size_t k = 0;
  bool fits = true;
  ForEachIdentity(b, [&](ObjectIdentity identity) { fits = fits && Pair(identities[k++], identity); });
  return fits;
}

ObjectIdentity IdentityMap::Of(ObjectIdentity a) const {
  for (const auto& [from, to] : pairs_) {
    if (from == a) return to;
  }
  return kNoIdentity;
}

std::string Describe(const Abstract& a) {
  static constexpr const char* kNames[] = {"unknown",
                                           "dead",
                                           "constant",
                                           "bool",
                                           "int",
                                           "float",
                                           "scalar",
                                           "array",
                                           "pending array",
                                           "list",
                                           "object",
                                           "tuple",
                                           "slice",
                                           "range",
                                           "range iterator",
                                           "list iterator",
                                           "array iterator",
                                           "enumerate",
                                           "zip",
                                           "bound method",
                                           "boxed value",
                                           "generator",
                                           "generator's body",
                                           "super",
                                           "function",
                                           "function's body",
                                           "cell",
                                           "cell's content",
                                           "exception",
                                           "exception's body",
                                           "handled exception"};
  const std::string_view dtype = Name(a.dtype);
  const absl::string_view name(dtype.data(), dtype.size());
  if (a.kind == AbstractKind::kScalar) return absl::StrCat("np.", name);
  if (a.IsArrayLike()) return absl::StrCat(name, " array of rank ", a.parts->rank);
  return kNames[static_cast<size_t>(a.kind)];
}

Abstract* State::Find(const Location& location) {
  if (location.kind == Location::Kind::kRegister) {
    std::vector<Abstract>& registers = frames[0].registers;
    return location.index < registers.size() ? &registers[location.index] : nullptr;
  }
  for (auto& [place, value] : variables) {
    if (place == location) return &value;
  }
  return nullptr;
}

}  // namespace lathe::script
