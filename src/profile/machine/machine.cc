// Keeping of the measurement, and questions to it.
#include "src/profile/machine/machine.h"

#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/profile/output/json.h"

namespace lathe::profile {
namespace {

constexpr int64_t kCacheVersion = 1;

}  // namespace

double Machine::BandwidthFor(double bytes, int64_t threads) const {
  for (const Level& level : levels) {
    if (bytes <= static_cast<double>(level.bytes)) return threads > 1 ? level.all_threads : level.one_thread;
  }
  if (levels.empty()) return 0;
  return threads > 1 ? levels.back().all_threads : levels.back().one_thread;
}

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const size_t colon = line.find(':');
    if (colon != std::string::npos) return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return "unknown";
}

std::string MachineCachePath(const std::string& cpu) {
  std::string folder;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (cache && *cache == '/') {
    folder = cache;
  } else if (home && *home) {
    folder = absl::StrCat(home, "/.cache");
  } else {
    return "";
  }
  std::string name;
  for (const char c : cpu) name += absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '-';
  return absl::StrCat(folder, "/lathe/machine-", name, ".json");
}

std::optional<Machine> LoadMachine(const std::string& cpu) {
  const std::string path = MachineCachePath(cpu);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (path.empty() || parser.load(path).get(root)) return std::nullopt;
  Machine machine;
  int64_t version = 0;
  std::string_view name;
  if (root["version"].get(version) || version != kCacheVersion || root["cpu"].get(name) || name != cpu) {
    return std::nullopt;
  }
  machine.cpu = cpu;
  simdjson::dom::array levels;
  if (root["cores"].get(machine.cores) || root["operations_one"].get(machine.operations_one) ||
      root["operations_all"].get(machine.operations_all) || root["levels"].get(levels)) {
    return std::nullopt;
  }
  for (const simdjson::dom::element element : levels) {
    Machine::Level level;
    if (element["bytes"].get(level.bytes) || element["one_thread"].get(level.one_thread) ||
        element["all_threads"].get(level.all_threads)) {
      return std::nullopt;
    }
    machine.levels.push_back(level);
  }
  if (machine.levels.empty()) return std::nullopt;
  return machine;
}

bool SaveMachine(const Machine& machine) {
  const std::string path = MachineCachePath(machine.cpu);
  if (path.empty()) return false;
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  JsonWriter json;
  json.BeginObject().Add("version", kCacheVersion).Add("cpu", machine.cpu).Add("cores", machine.cores);
  json.Add("operations_one", machine.operations_one).Add("operations_all", machine.operations_all);
  json.Key("levels").BeginArray();
  for (const Machine::Level& level : machine.levels) {
    json.BeginObject().Add("bytes", level.bytes).Add("one_thread", level.one_thread);
    json.Add("all_threads", level.all_threads).EndObject();
  }
  json.EndArray().EndObject();
  // Written aside and renamed: who reads at the same time gets a whole file.
  const std::string aside = absl::StrCat(path, ".new");
  {
    std::ofstream file(aside);
    file << json.text() << '\n';
    if (!file.flush()) return false;
  }
  std::filesystem::rename(aside, path, error);
  return !error;
}

}  // namespace lathe::profile
