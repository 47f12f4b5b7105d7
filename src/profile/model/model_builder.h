// From the events of a log to the model.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "src/profile/model/model.h"

namespace lathe::profile {

absl::StatusOr<LogModel> LoadModel(const LogFile& file);
absl::StatusOr<LogModel> LoadModel(const std::string& path);

}  // namespace lathe::profile
