// Reading of scripts, once each.
#include "src/profile/source/source_text.h"

#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace lathe::profile {

const SourceText::File& SourceText::Get(const std::string& file) {
  const auto [entry, made] = files_.try_emplace(file);
  if (!made || file.empty() || file.front() == '<') return entry->second;
  std::string path = file;
  std::error_code error;
  if (file.front() != '/' && !std::filesystem::exists(path, error)) path = absl::StrCat(folder_, "/", file);
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    entry->second.lines.push_back(line);
  }
  struct stat status = {};
  absl::Time started;
  std::string ignored;
  if (stat(path.c_str(), &status) == 0 && absl::ParseTime(absl::RFC3339_full, started_, &started, &ignored)) {
    // A second of grace: file systems and logs round differently.
    entry->second.changed = absl::FromTimeT(status.st_mtime) > started + absl::Seconds(1);
  }
  return entry->second;
}

const std::vector<std::string>& SourceText::Lines(const std::string& file) { return Get(file).lines; }
bool SourceText::ChangedSince(const std::string& file) { return Get(file).changed; }

std::string SourceText::Line(const Place& place) {
  const std::vector<std::string>& lines = Lines(place.file);
  if (place.line < 1 || place.line > static_cast<int64_t>(lines.size())) return "";
  return std::string(absl::StripAsciiWhitespace(lines[static_cast<size_t>(place.line - 1)]));
}

std::string PlaceText(const Place& place, bool short_form) {
  if (!place.known() && place.file.empty()) return "-";
  std::string file = place.file;
  if (short_form) file = std::filesystem::path(file).filename().string();
  if (!place.known()) return file;
  return absl::StrCat(file.empty() ? "line " : file + ":", place.line);
}

std::string TracePlaceText(const TraceRecord& trace) {
  const std::string first = PlaceText(trace.place);
  const std::vector<int64_t>& lines = trace.lines;
  if (trace.is_loop || lines.size() < 2 || lines.front() != trace.place.line) return first;
  return absl::StrCat(first, lines.size() == 2 ? "," : "…", lines.back());
}

}  // namespace lathe::profile
