// The .npy format (versions 1 to 3 read, 1 written) and .npz archives of them. All sizes that a file
// claims are checked against the file before memory is taken.
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "src/array/array_body.h"

namespace lathe {
namespace {

constexpr char kMagic[] = "\x93NUMPY";

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw FileError("[Errno " + std::to_string(errno) + "] " + std::strerror(errno) + ": '" + path + "'",
                    errno == ENOENT ? ErrorKind::kFileNotFound : ErrorKind::kOS);
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}
void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.flush();
  if (!file)
    throw FileError("[Errno " + std::to_string(errno) + "] " + std::strerror(errno) + ": '" + path + "'");
}

// The text after "'key':" in a header's dictionary literal.
std::string HeaderValue(const std::string& header, const std::string& key) {
  const size_t at = header.find("'" + key + "'");
  const size_t colon = at == std::string::npos ? at : header.find(':', at);
  if (colon == std::string::npos) throw ValueError("Cannot parse header: " + header);
  const size_t begin = header.find_first_not_of(' ', colon + 1);
  if (begin == std::string::npos) throw ValueError("Cannot parse header: " + header);
  const char open = header[begin];
  const size_t end = open == '('    ? header.find(')', begin)
                     : open == '\'' ? header.find('\'', begin + 1)
                                    : header.find_first_of(",}", begin) - 1;
  if (end == std::string::npos) throw ValueError("Cannot parse header: " + header);
  return header.substr(begin, end - begin + 1);
}

struct Header {
  DType dtype = DType::kFloat64;
  bool swapped = false;
  bool fortran = false;
  Shape shape;
  size_t data = 0;  // offset of the elements
};

void ParseDescriptor(std::string text, Header* header) {
  if (text.size() < 4 || text.front() != '\'')
    throw FileError("the file's structured dtype is not supported");
  text = text.substr(1, text.size() - 2);
  if (text.find('O') != std::string::npos)
    throw ValueError("Object arrays cannot be loaded when allow_pickle=False");
  header->swapped = text[0] == '>';
  if (header->swapped) text[0] = '<';
  if (text[0] == '=') text[0] = '<';
  for (int k = 0; k < kDTypeCount; ++k) {
    const DType dtype = static_cast<DType>(k);
    if (Info(dtype).descriptor.substr(1) == std::string_view(text).substr(1)) {
      header->dtype = dtype;
      return;
    }
  }
  throw FileError("dtype '" + text + "' is not supported");
}

void ParseShape(const std::string& text, Header* header) {
  int64_t value = -1;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      value = (value < 0 ? 0 : value) * 10 + (c - '0');
      if (value > int64_t{1} << 50) throw ValueError("Cannot parse header: shape " + text + " is too large");
    } else if (value >= 0) {
      header->shape.push_back(value);
      value = -1;
    }
  }
}

Header ParseHeader(const std::string& bytes) {
  if (bytes.empty()) throw FileError("No data left in file", ErrorKind::kEndOfFile);
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic, 6) != 0) {
    throw ValueError(
        "This file contains pickled (object) data. If you trust the file you can load it unsafely using the "
        "`allow_pickle=` keyword argument or `pickle.load()`.");
  }
  const bool wide = bytes[6] > 1;
  if (bytes[6] < 1 || bytes[6] > 3 || (wide && bytes.size() < 12))
    throw ValueError("we only support format version (1,0), (2,0), and (3,0)");
  size_t length = 0;
  for (int k = 0; k < (wide ? 4 : 2); ++k)
    length |= static_cast<size_t>(static_cast<unsigned char>(bytes[static_cast<size_t>(8 + k)])) << (8 * k);
  const size_t begin = wide ? 12 : 10;
  if (bytes.size() < begin + length) {
    throw ValueError("EOF: reading array header, expected " + std::to_string(length) + " bytes got " +
                     std::to_string(bytes.size() - begin));
  }
  const std::string text = bytes.substr(begin, length);
  Header header;
  ParseDescriptor(HeaderValue(text, "descr"), &header);
  header.fortran = HeaderValue(text, "fortran_order").starts_with("True");
  ParseShape(HeaderValue(text, "shape"), &header);
  header.data = begin + length;
  return header;
}

Array ParseNpy(const std::string& bytes) {
  const Header header = ParseHeader(bytes);
  const auto item = static_cast<size_t>(ItemSize(header.dtype));
  double wanted = static_cast<double>(item);
  for (const int64_t extent : header.shape) wanted *= static_cast<double>(extent);
  const size_t have = bytes.size() - header.data;
  if (wanted > static_cast<double>(have)) {
    const auto count = static_cast<int64_t>(wanted / static_cast<double>(item));
    throw ValueError("Failed to read all data for array. Expected " + header.shape.ToString() + " = " +
                     std::to_string(count) + " elements, could only read " + std::to_string(have / item) +
                     " elements. (file seems not fully written?)");
  }
  Shape stored = header.shape;
  if (header.fortran) {
    for (int d = 0; d < stored.rank(); ++d) stored[d] = header.shape[stored.rank() - 1 - d];
  }
  Array array = Array::FromBytes(bytes.data() + header.data, stored.Elements(), header.dtype, stored);
  if (header.swapped) {
    char* data = static_cast<char*>(array.mutable_data());
    for (int64_t k = 0; k < array.size(); ++k, data += item) std::reverse(data, data + item);
  }
  return header.fortran ? Transpose(array) : array;
}

std::string FormatNpy(const Array& array) {
  std::string header = "{'descr': '" + std::string(Info(array.dtype()).descriptor) +
                       "', 'fortran_order': False, 'shape': " + array.shape().ToString() + ", }";
  // Room for the first extent to grow, then up to a multiple of 64, as NumPy writes it.
  const size_t digits = array.rank() > 0 ? std::to_string(array.extent(0)).size() : 0;
  if (array.rank() > 0) header.append(21 - digits, ' ');
  const size_t unpadded = 10 + header.size() + 1;
  header.append((64 - unpadded % 64) % 64, ' ');
  header += '\n';
  std::string bytes(kMagic, 6);
  bytes += '\x01';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 255);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const size_t begin = bytes.size();
  bytes.resize(begin + static_cast<size_t>(array.size() * ItemSize(array.dtype())));
  array.CopyTo(bytes.data() + begin);
  return bytes;
}

// ---- Zip archives -----------------------------------------------------------------------------------
uint32_t ReadInteger(const std::string& bytes, size_t at, int size) {
  if (at + static_cast<size_t>(size) > bytes.size()) throw FileError("File is not a zip file");
  uint32_t value = 0;
  for (int k = 0; k < size; ++k)
    value |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[at + static_cast<size_t>(k)])) << (8 * k);
  return value;
}
void AppendInteger(std::string* bytes, uint64_t value, int size) {
  for (int k = 0; k < size; ++k) *bytes += static_cast<char>((value >> (8 * k)) & 255);
}

std::string Inflate(const char* data, size_t size, size_t expected) {
  std::string out(expected, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw FileError("cannot start decompression");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data));
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(expected);
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.total_out != expected)
    throw FileError("Error -3 while decompressing data: the archive is damaged");
  return out;
}
std::string Deflate(const std::string& data) {
  std::string out(compressBound(static_cast<uLong>(data.size())) + 64, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw FileError("cannot start compression");
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

Array LoadNpy(const std::string& path) { return ParseNpy(ReadFile(path)); }
void SaveNpy(const std::string& path, const Array& array) { WriteFile(path, FormatNpy(array)); }

std::vector<std::pair<std::string, Array>> LoadNpz(const std::string& path) {
  const std::string bytes = ReadFile(path);
  const std::string signature("PK\x05\x06", 4);
  const size_t end = bytes.rfind(signature);
  if (end == std::string::npos) throw FileError("File is not a zip file");
  const uint32_t count = ReadInteger(bytes, end + 10, 2);
  size_t entry = ReadInteger(bytes, end + 16, 4);
  std::vector<std::pair<std::string, Array>> arrays;
  for (uint32_t k = 0; k < count; ++k) {
    if (ReadInteger(bytes, entry, 4) != 0x02014b50) throw FileError("Bad magic number for central directory");
    const uint32_t method = ReadInteger(bytes, entry + 10, 2);
    const uint32_t packed = ReadInteger(bytes, entry + 20, 4);
    const uint32_t size = ReadInteger(bytes, entry + 24, 4);
    const uint32_t name_size = ReadInteger(bytes, entry + 28, 2);
    const uint32_t skip = ReadInteger(bytes, entry + 30, 2) + ReadInteger(bytes, entry + 32, 2);
    const size_t local = ReadInteger(bytes, entry + 42, 4);
    if (packed == 0xffffffffu || size == 0xffffffffu) throw FileError("zip64 archives are not supported");
    if (entry + 46 + name_size > bytes.size()) throw FileError("File is not a zip file");
    std::string name = bytes.substr(entry + 46, name_size);
    entry += 46 + name_size + skip;
    const size_t data = local + 30 + ReadInteger(bytes, local + 26, 2) + ReadInteger(bytes, local + 28, 2);
    if (data + packed > bytes.size() || (method == 0 && packed != size) || size > packed * 1100ull + 1024)
      throw FileError("the archive is truncated");
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    if (method != 0 && method != 8) throw FileError("That compression method is not supported");
    arrays.emplace_back(
        name, ParseNpy(method == 0 ? bytes.substr(data, size) : Inflate(bytes.data() + data, packed, size)));
  }
  return arrays;
}

void SaveNpz(const std::string& path, std::span<const std::pair<std::string, Array>> arrays,
             bool compressed) {
  std::string bytes;
  std::string directory;
  for (const auto& [key, array] : arrays) {
    const std::string name = key + ".npy";
    const std::string content = FormatNpy(array);
    const std::string stored = compressed ? Deflate(content) : content;
    if (content.size() >= 0xffffffffu) throw FileError("zip64 archives are not supported");
    std::string common;  // the fields that both headers share
    AppendInteger(&common, 20, 2);
    AppendInteger(&common, 0, 2);
    AppendInteger(&common, compressed ? 8 : 0, 2);
    AppendInteger(&common, 0, 2);
    AppendInteger(&common, 0x21, 2);
    AppendInteger(&common,
                  crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())),
                  4);
    AppendInteger(&common, stored.size(), 4);
    AppendInteger(&common, content.size(), 4);
    AppendInteger(&common, name.size(), 2);
    AppendInteger(&common, 0, 2);
    const size_t local = bytes.size();
    AppendInteger(&bytes, 0x04034b50, 4);
    bytes += common + name + stored;
    AppendInteger(&directory, 0x02014b50, 4);
    AppendInteger(&directory, 20, 2);
    directory += common;
    AppendInteger(&directory, 0, 2);
    AppendInteger(&directory, 0, 2);
    AppendInteger(&directory, 0, 2);
    AppendInteger(&directory, 0, 4);
    AppendInteger(&directory, local, 4);
    directory += name;
  }
  const size_t start = bytes.size();
  bytes += directory;
  AppendInteger(&bytes, 0x06054b50, 4);
  AppendInteger(&bytes, 0, 4);
  AppendInteger(&bytes, arrays.size(), 2);
  AppendInteger(&bytes, arrays.size(), 2);
  AppendInteger(&bytes, directory.size(), 4);
  AppendInteger(&bytes, start, 4);
  AppendInteger(&bytes, 0, 2);
  WriteFile(path, bytes);
}

}  // namespace lathe
