// The way out of a loop trace: the VM's variables, operands and frames as the exit's snapshot has them.
#pragma once

#include <cstdint>
#include <vector>

#include "src/script/loop_recorder/abstract_value.h"
#include "src/script/vm.h"

namespace lathe::script {

// Makes the values of one state, in the order of its snapshot: their parts are taken from `words` on.
class ValueMaker {
 public:
  ValueMaker(Vm& vm, const uint64_t* words) : vm_(vm), next_(words) {}
  // `state`: whose values are made, all of them. Its objects are made first.
  ValueMaker(Vm& vm, const uint64_t* words, const State& state, const Value* root_slots)
      : vm_(vm), next_(words), root_slots_(root_slots) {
    FindObjects(state);
  }

  // An iterator that exists already is put where it was in the trace, and returned. An array that several
  // places hold, and that the trace has not computed, is computed once.
  Value Make(const Abstract& a);
  // Makes what an object of the state holds, and when all has been made, puts all of that into the objects.
  void MakeBody(ObjectIdentity object, const Abstract& body);
  void FillObjects();
  // An object of the state as what it is.
  template <class T>
  T* ObjectOf(ObjectIdentity identity) const {
    for (const Body& body : bodies_) {
      if (body.identity == identity) return static_cast<T*>(body.object.get());
    }
    return nullptr;
  }
  // The first word that has not been taken.
  const uint64_t* next() const { return next_; }

 private:
  // An object, and what it will hold.
  struct Body {
    ObjectIdentity identity;
    const Abstract* abstract;
    bool is_new;
    Ref<Object> object;
    std::vector<Value> items;
  };
  void FindObjects(const State& state);
  Ref<Object> NewObject(const Abstract& body, const uint64_t* words);
  static void Fill(Body& body);
  uint64_t Next() { return *next_++; }
  int64_t NextInt() { return static_cast<int64_t>(Next()); }
  int64_t NextStep(const Abstract& a);
  std::vector<Value> MakeItems(const Abstract& a);
  Value MakeArray(const Abstract& a);
  Value MakePending(const Abstract& a);
  Value MakeIterator(const Abstract& a);

  // A pending array by what `number` counts in, and the number.
  struct Computed {
    const void* owner;
    int64_t number;
    Value value;
  };

  Vm& vm_;
  const uint64_t* next_;
  const Value* root_slots_ = nullptr;
  std::vector<Computed> computed_;
  std::vector<Body> bodies_;
};

}  // namespace lathe::script
