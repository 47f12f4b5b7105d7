// The report: the page of src/profile/report with the JSON export inside. Nothing is loaded from elsewhere.
#include "absl/strings/str_replace.h"
#include "src/profile/export/exporters.h"
#include "src/profile/export/report_page.h"

namespace lathe::profile {

std::string ExportHtml(Reading& reading) {
  // In a script element only "</" and "<!--" would end or change it; in JSON strings < may be written as an
  // escape.
  const std::string data = absl::StrReplaceAll(ExportJson(reading), {{"<", "\\u003c"}});
  return absl::StrReplaceAll(ReportPage(), {{"/*LATHE_DATA*/null", data}});
}

}  // namespace lathe::profile
