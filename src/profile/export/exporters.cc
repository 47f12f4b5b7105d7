// Which exporter a name means.
#include "src/profile/export/exporters.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/profile/output/text.h"

namespace lathe::profile {

std::string SpanName(const LogModel& model, const Span& span) {
  if (span.kind == SpanKind::kPass) return model.pass_names[span.pass];
  const auto subject = static_cast<size_t>(span.subject);
  if (span.kind == SpanKind::kForeign) return model.foreign[subject].name;
  const TraceRecord& trace = model.traces[subject];
  const std::string place = absl::StrCat(trace.name, trace.place.known() ? " " + PlaceText(trace.place) : "");
  if (span.kind == SpanKind::kRun || span.kind == SpanKind::kLoop) return place;
  return absl::StrCat(View(SpanKindName(span.kind)), " ", place);
}

absl::StatusOr<std::string> Export(Reading& reading, const std::string& format) {
  struct Format {
    const char* name;
    std::string (*write)(Reading&);
  };
  static constexpr Format kFormats[] = {{"chrome", ExportChrome}, {"speedscope", ExportSpeedscope},
                                        {"folded", ExportFolded}, {"dot", ExportDot},
                                        {"json", ExportJson},     {"html", ExportHtml}};
  for (const Format& known : kFormats) {
    if (format == known.name) return known.write(reading);
  }
  return absl::InvalidArgumentError(absl::StrCat("unknown format ", format));
}

}  // namespace lathe::profile
