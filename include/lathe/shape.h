// File: lathe/shape.h
//
// Shape: up to kMaxRank extents (or strides, or axes) held in the object itself, without allocation.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "lathe/error.h"

namespace lathe {

class Shape {
 public:
  // The largest number of dimensions of an array.
  static constexpr int kMaxRank = 8;

  Shape() = default;
  // Throws ShapeError if there are more than kMaxRank values.
  Shape(std::initializer_list<int64_t> values) : Shape(std::span(values.begin(), values.size())) {}
  explicit Shape(std::span<const int64_t> values) {
    for (int64_t value : values) push_back(value);
  }

  int rank() const { return rank_; }
  int size() const { return rank_; }
  bool empty() const { return rank_ == 0; }
  int64_t operator[](int dim) const { return values_[dim]; }
  int64_t& operator[](int dim) { return values_[dim]; }
  const int64_t* begin() const { return values_; }
  const int64_t* end() const { return values_ + rank_; }
  int64_t back() const { return values_[rank_ - 1]; }
  void push_back(int64_t value) {
    if (rank_ == kMaxRank) {
      throw ShapeError("maximum supported dimension for an ndarray is " + std::to_string(kMaxRank));
    }
    values_[rank_++] = value;
  }
  void insert(int position, int64_t value) {
    push_back(value);
    std::rotate(values_ + position, values_ + rank_ - 1, values_ + rank_);
  }
  void erase(int position) {
    std::copy(values_ + position + 1, values_ + rank_, values_ + position);
    --rank_;
  }
  // Number of elements of an array of this shape; 1 for rank 0.
  int64_t Elements() const {
    int64_t product = 1;
    for (int64_t extent : *this) product *= extent;
    return product;
  }
  // As Python prints a tuple: "()", "(3,)", "(2, 3)".
  std::string ToString() const;

  friend bool operator==(const Shape& a, const Shape& b) {
    return a.rank_ == b.rank_ && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  int64_t values_[kMaxRank] = {};
  int rank_ = 0;
};

}  // namespace lathe
