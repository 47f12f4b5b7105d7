// The scripts that a log speaks of, read from the disk where they still are: answers show the line beside its
// number.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/profile/model/model.h"

namespace lathe::profile {

class SourceText {
 public:
  // Relative names are looked for in the working directory and in the folder of the run.
  explicit SourceText(const LogModel& model) : folder_(model.head.folder), started_(model.head.started) {}

  // The line without its indentation, "" if it cannot be read.
  std::string Line(const Place& place);
  // All lines; empty if the file cannot be read.
  const std::vector<std::string>& Lines(const std::string& file);
  // Whether the file was written after the run began: its lines may be other ones now.
  bool ChangedSince(const std::string& file);

 private:
  struct File {
    std::vector<std::string> lines;
    bool changed = false;
  };
  const File& Get(const std::string& file);

  std::string folder_;
  std::string started_;
  std::map<std::string, File> files_;
};

// "script.py:12"; the last part of the path alone if `short_form`.
std::string PlaceText(const Place& place, bool short_form = true);
// "script.py:12,14" or "script.py:12…20": with the other lines of an array trace.
std::string TracePlaceText(const TraceRecord& trace);

}  // namespace lathe::profile
