// File: lathe/error.h
//
// The exceptions that Lathe's C++ API throws. Every error is a lathe::Error with a kind and a message in
// NumPy's wording; the commonest kinds have a class of their own, so that a caller can catch just them:
//
//   try {
//     lathe::Array c = a + b;
//   } catch (const lathe::ShapeError& error) {
//     std::cerr << error.what() << '\n';
//   }
//
// Errors are raised by the statement that makes them, never later when a lazy value is computed.
#pragma once

#include <stdexcept>
#include <string>

namespace lathe {

// What went wrong; the rows of errors.def.
enum class ErrorKind {
#define ERROR_KIND(ID, PYTHON_NAME, PARENT_ID) k##ID,
#include "lathe/errors.def"
#undef ERROR_KIND
};

// The name of the Python class that stands for `kind` ("ValueError", "IndexError", ...).
const char* ErrorKindName(ErrorKind kind);

// True if `kind` is `ancestor` or derives from it in the hierarchy of errors.def.
bool ErrorKindIsA(ErrorKind kind, ErrorKind ancestor);

// The base of all exceptions of the library.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

// Operands whose shapes do not fit together, or a shape that an operation cannot take.
class ShapeError : public Error {
 public:
  explicit ShapeError(const std::string& message) : Error(ErrorKind::kShape, message) {}
};

// A dtype that an operation does not support, or a cast that NumPy's rules forbid.
class DTypeError : public Error {
 public:
  explicit DTypeError(const std::string& message) : Error(ErrorKind::kDType, message) {}
};

// An index or axis out of bounds.
class IndexError : public Error {
 public:
  explicit IndexError(const std::string& message) : Error(ErrorKind::kIndex, message) {}
};

// An argument of the right type but with a value that has no meaning.
class ValueError : public Error {
 public:
  explicit ValueError(const std::string& message) : Error(ErrorKind::kValue, message) {}
};

// Not enough memory for a result.
class MemoryError : public Error {
 public:
  explicit MemoryError(const std::string& message) : Error(ErrorKind::kMemory, message) {}
};

// A file that is missing, unreadable or malformed.
class FileError : public Error {
 public:
  explicit FileError(const std::string& message, ErrorKind kind = ErrorKind::kOS) : Error(kind, message) {}
};

}  // namespace lathe
