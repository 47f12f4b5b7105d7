// Object files in memory (ELF, DWARF 4) and their registration with GDB ("JIT Compilation Interface" of its
// manual).
#include "src/codegen/memory/gdb_announcer.h"

#include <elf.h>

#include <cstring>
#include <map>
#include <string>

extern "C" {
// The names and layout that GDB looks for.
struct jit_code_entry {
  jit_code_entry* next_entry;
  jit_code_entry* prev_entry;
  const char* symfile_addr;
  uint64_t symfile_size;
};
struct jit_descriptor {
  uint32_t version;
  uint32_t action_flag;
  jit_code_entry* relevant_entry;
  jit_code_entry* first_entry;
};
// GDB puts a breakpoint here.
void __attribute__((noinline)) __jit_debug_register_code() { asm volatile("" ::: "memory"); }
jit_descriptor __jit_debug_descriptor = {1, 0, nullptr, nullptr};
}

namespace lathe {
namespace {

constexpr uint32_t kRegister = 1;
constexpr uint32_t kUnregister = 2;

// Bytes in the machine's order, and DWARF's numbers of variable length.
class Bytes {
 public:
  template <class T>
  Bytes& Put(T value) {
    data_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  Bytes& Byte(int value) { return Put(static_cast<uint8_t>(value)); }
  Bytes& Text(const std::string& text) {
    data_.append(text.c_str(), text.size() + 1);
    return *this;
  }
  Bytes& Unsigned(uint64_t value) {
    do {
      const auto low = static_cast<uint8_t>(value & 0x7F);
      value >>= 7;
      Put(static_cast<uint8_t>(low | (value ? 0x80 : 0)));
    } while (value);
    return *this;
  }
  Bytes& Signed(int64_t value) {
    for (;;) {
      const auto low = static_cast<uint8_t>(value & 0x7F);
      value >>= 7;
      const bool last = (value == 0 && !(low & 0x40)) || (value == -1 && (low & 0x40));
      Put(static_cast<uint8_t>(low | (last ? 0 : 0x80)));
      if (last) return *this;
    }
  }
  // Sets the 32 bits at `at` to the number of bytes behind them.
  void SetLength(size_t at) {
    const auto length = static_cast<uint32_t>(data_.size() - at - 4);
    std::memcpy(data_.data() + at, &length, 4);
  }
  void PadTo(size_t multiple, char with) {
    while (data_.size() % multiple != 0) data_ += with;
  }
  size_t size() const { return data_.size(); }
  const std::string& data() const { return data_; }

 private:
  std::string data_;
};

// Opcodes and forms of DWARF 4 that we use.
enum Dwarf : uint8_t {
  kTagCompileUnit = 0x11,
  kAtName = 0x03,
  kAtStatements = 0x10,
  kAtLow = 0x11,
  kAtHigh = 0x12,
  kFormAddress = 0x01,
  kFormData8 = 0x07,
  kFormString = 0x08,
  kFormOffset = 0x17,
  kLineExtended = 0x00,
  kLineCopy = 0x01,
  kLineAdvancePc = 0x02,
  kLineAdvanceLine = 0x03,
  kLineEndSequence = 0x01,
  kLineSetAddress = 0x02,
  kCfaDefine = 0x0C,
  kCfaOffset = 0x80,  // of the registers 0 to 63
  kCfaOffsetExtended = 0x05,
#if defined(__x86_64__)
  kStackColumn = 7,
  kReturnColumn = 16,
#else
  kStackColumn = 31,
  kReturnColumn = 30,
#endif
};
#if defined(__x86_64__)
constexpr bool kReturnIsPushed = true;  // by the call
#else
constexpr bool kReturnIsPushed = false;
#endif

std::string LineProgram(uint64_t address, size_t size, const CodeDescription& description) {
  Bytes out;
  out.Put(uint32_t{0}).Put(uint16_t{4});
  const size_t header = out.size();
  out.Put(uint32_t{0});
  out.Byte(1).Byte(1).Byte(1);     // bytes of an instruction, operations of one, is_statement
  out.Byte(-5).Byte(14).Byte(13);  // line base, line range, first special opcode
  for (const int operands : {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1}) out.Byte(operands);
  out.Byte(0);  // no folders
  out.Text(description.file).Unsigned(0).Unsigned(0).Unsigned(0).Byte(0);
  out.SetLength(header);
  out.Byte(kLineExtended).Unsigned(9).Byte(kLineSetAddress).Put(address);
  int64_t line = 1;
  uint64_t offset = 0;
  for (const CodeLine& entry : description.lines) {
    if (entry.line == 0) continue;
    out.Byte(kLineAdvancePc).Unsigned(entry.offset - offset);
    out.Byte(kLineAdvanceLine).Signed(entry.line - line);
    out.Byte(kLineCopy);
    offset = entry.offset;
    line = entry.line;
  }
  out.Byte(kLineAdvancePc).Unsigned(size - offset);
  out.Byte(kLineExtended).Unsigned(1).Byte(kLineEndSequence);
  out.SetLength(0);
  return out.data();
}

std::string Abbreviations() {
  Bytes out;
  out.Unsigned(1).Unsigned(kTagCompileUnit).Byte(0);
  out.Unsigned(kAtName).Unsigned(kFormString).Unsigned(kAtStatements).Unsigned(kFormOffset);
  out.Unsigned(kAtLow).Unsigned(kFormAddress).Unsigned(kAtHigh).Unsigned(kFormData8);
  out.Byte(0).Byte(0).Byte(0);
  return out.data();
}

std::string UnitInfo(uint64_t address, size_t size, const CodeDescription& description) {
  Bytes out;
  out.Put(uint32_t{0}).Put(uint16_t{4}).Put(uint32_t{0}).Byte(8);
  out.Unsigned(1).Text(description.file).Put(uint32_t{0}).Put(address).Put(uint64_t{size});
  out.SetLength(0);
  return out.data();
}

// How to find the caller: right from the end of each function's prologue on.
std::string Frames(uint64_t address, size_t size, const CodeDescription& description) {
  Bytes out;
  out.Put(uint32_t{0}).Put(uint32_t{0}).Byte(1).Byte(0);  // the common entry; version 1, no augmentation
  out.Unsigned(1).Signed(-8).Byte(kReturnColumn);
  out.Byte(kCfaDefine).Unsigned(kStackColumn).Unsigned(kReturnIsPushed ? 8 : 0);
  if (kReturnIsPushed) out.Byte(kCfaOffset | kReturnColumn).Unsigned(1);
  out.PadTo(8, 0);
  out.SetLength(0);
  for (size_t k = 0; k < description.functions.size(); ++k) {
    const CodeFunction& function = description.functions[k];
    const uint64_t end = k + 1 < description.functions.size() ? description.functions[k + 1].offset : size;
    const size_t begin = out.size();
    out.Put(uint32_t{0}).Put(static_cast<uint32_t>(begin + 4));
    out.Put(address + function.offset).Put(end - function.offset);
    out.Byte(kCfaDefine).Unsigned(kStackColumn).Unsigned(function.frame_bytes);
    for (size_t r = 0; r < function.pushed.size(); ++r) {
      const uint8_t reg = function.pushed[r];
      if (reg == CodeFunction::kNoRegister) continue;
      if (reg < 64) {
        out.Byte(kCfaOffset | reg);
      } else {
        out.Byte(kCfaOffsetExtended).Unsigned(reg);
      }
      out.Unsigned(r + (kReturnIsPushed ? 2 : 1));
    }
    out.PadTo(8, 0);
    out.SetLength(begin);
  }
  out.Put(uint32_t{0});
  return out.data();
}

std::string Symbols(size_t size, uint32_t name) {
  Bytes out;
  out.Put(Elf64_Sym{});
  Elf64_Sym symbol{};
  symbol.st_name = name;
  symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
  symbol.st_shndx = 1;
  symbol.st_size = size;
  out.Put(symbol);
  return out.data();
}

class ObjectFile {
 public:
  ObjectFile(uint64_t address, size_t size, const CodeDescription& description) {
    names_.Byte(0);
    Add("", SHT_NULL, "");
    Elf64_Shdr& text = Add(".text", SHT_NOBITS, "");
    text.sh_flags = SHF_ALLOC | SHF_EXECINSTR;
    text.sh_addr = address;
    text.sh_size = size;
    Add(".debug_line", SHT_PROGBITS, LineProgram(address, size, description));
    Add(".debug_abbrev", SHT_PROGBITS, Abbreviations());
    Add(".debug_info", SHT_PROGBITS, UnitInfo(address, size, description));
    Add(".eh_frame", SHT_PROGBITS, Frames(address, size, description)).sh_flags = SHF_ALLOC;
    Bytes strings;
    strings.Byte(0).Text("lathe:" + description.name);
    const auto symbols = Symbols(size, 1);
    Elf64_Shdr& table = Add(".symtab", SHT_SYMTAB, symbols);
    table.sh_entsize = sizeof(Elf64_Sym);
    table.sh_link = static_cast<uint32_t>(headers_.size());
    table.sh_info = 1;
    Add(".strtab", SHT_STRTAB, strings.data());
    Finish();
  }
  const std::string& bytes() const { return bytes_; }

 private:
  Elf64_Shdr& Add(const char* name, uint32_t type, const std::string& content) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<uint32_t>(names_.size());
    header.sh_type = type;
    header.sh_addralign = type == SHT_NULL ? 0 : 8;
    contents_.PadTo(8, 0);
    header.sh_offset = sizeof(Elf64_Ehdr) + contents_.size();
    header.sh_size = content.size();
    for (const char c : content) contents_.Put(c);
    names_.Text(name);
    headers_.push_back(header);
    return headers_.back();
  }
  void Finish() {
    names_.Text(".shstrtab");
    const std::string all_names = names_.data();
    Elf64_Shdr& last = Add(".shstrtab", SHT_STRTAB, all_names);
    last.sh_name = static_cast<uint32_t>(all_names.size() - sizeof(".shstrtab"));
    contents_.PadTo(8, 0);
    Elf64_Ehdr head{};
    std::memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = ELFCLASS64;
    head.e_ident[EI_DATA] = ELFDATA2LSB;
    head.e_ident[EI_VERSION] = EV_CURRENT;
    head.e_type = ET_REL;
#if defined(__x86_64__)
    head.e_machine = EM_X86_64;
#else
    head.e_machine = EM_AARCH64;
#endif
    head.e_version = EV_CURRENT;
    head.e_shoff = sizeof(head) + contents_.size();
    head.e_ehsize = sizeof(head);
    head.e_shentsize = sizeof(Elf64_Shdr);
    head.e_shnum = static_cast<uint16_t>(headers_.size());
    head.e_shstrndx = static_cast<uint16_t>(headers_.size() - 1);
    Bytes out;
    out.Put(head);
    bytes_ = out.data() + contents_.data();
    for (const Elf64_Shdr& header : headers_)
      bytes_.append(reinterpret_cast<const char*>(&header), sizeof(header));
  }

  Bytes names_, contents_;
  std::vector<Elf64_Shdr> headers_;
  std::string bytes_;
};

class GdbAnnouncer : public CodeAnnouncer {
 public:
  void Added(std::span<const std::byte> code, const CodeDescription& description) override {
    const auto address = static_cast<uint64_t>(reinterpret_cast<uintptr_t>(code.data()));
    auto entry = std::make_unique<Registered>(ObjectFile(address, code.size(), description));
    jit_code_entry& links = entry->links;
    links.next_entry = __jit_debug_descriptor.first_entry;
    if (links.next_entry) links.next_entry->prev_entry = &links;
    __jit_debug_descriptor.first_entry = &links;
    Tell(kRegister, &links);
    entries_[code.data()] = std::move(entry);
  }
  void Removed(const std::byte* address) override {
    const auto found = entries_.find(address);
    if (found == entries_.end()) return;
    jit_code_entry& links = found->second->links;
    (links.prev_entry ? links.prev_entry->next_entry : __jit_debug_descriptor.first_entry) = links.next_entry;
    if (links.next_entry) links.next_entry->prev_entry = links.prev_entry;
    Tell(kUnregister, &links);
    entries_.erase(found);
  }

 private:
  struct Registered {
    explicit Registered(ObjectFile object) : file(std::move(object)) {
      links = {nullptr, nullptr, file.bytes().data(), file.bytes().size()};
    }
    const ObjectFile file;
    jit_code_entry links;
  };
  static void Tell(uint32_t action, jit_code_entry* entry) {
    __jit_debug_descriptor.action_flag = action;
    __jit_debug_descriptor.relevant_entry = entry;
    __jit_debug_register_code();
  }
  std::map<const std::byte*, std::unique_ptr<Registered>> entries_;
};

}  // namespace

std::unique_ptr<CodeAnnouncer> MakeGdbAnnouncer() { return std::make_unique<GdbAnnouncer>(); }

}  // namespace lathe
