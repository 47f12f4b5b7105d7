// Reading of the header and writing of troff.
#include "tools/header_pages.h"

#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "tools/roff.h"

namespace lathe::tools {
namespace {

constexpr absl::string_view kSection = "/* ---- ";
constexpr absl::string_view kApi = "LATHE_API ";

// A comment without its marks, as one paragraph a blank line.
std::string CommentText(absl::string_view comment) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(comment, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    for (const absl::string_view mark : {"/*", "*/", "*"}) {
      if (absl::ConsumePrefix(&line, mark)) break;
    }
    absl::ConsumeSuffix(&line, "*/");
    lines.emplace_back(absl::StripAsciiWhitespace(line));
  }
  return std::string(absl::StripAsciiWhitespace(absl::StrJoin(lines, "\n")));
}

// "Random numbers: np.random..." -> "lathe-random-numbers".
std::string PageName(absl::string_view title) {
  std::string name = "lathe";
  bool gap = true;
  for (const char c : title.substr(0, title.find(':'))) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      gap = true;
      continue;
    }
    if (std::exchange(gap, false)) name += '-';
    name += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return name;
}

// The function that a declaration is of; "" if it is something else.
std::string FunctionName(absl::string_view declaration) {
  const size_t open = declaration.find('(');
  if (open == absl::string_view::npos || absl::StartsWith(declaration, "typedef")) return "";
  size_t begin = open;
  while (begin > 0 && (std::isalnum(static_cast<unsigned char>(declaration[begin - 1])) != 0 ||
                       declaration[begin - 1] == '_')) {
    --begin;
  }
  const absl::string_view name = declaration.substr(begin, open - begin);
  return absl::StartsWith(name, "lathe_") ? std::string(name) : "";
}

// One section: its lines are comments, declarations and what the preprocessor reads.
class Section {
 public:
  explicit Section(absl::string_view title) : title_(title) {}

  void Add(absl::string_view line) {
    if (Continues(line)) return;
    const absl::string_view bare = absl::StripAsciiWhitespace(line);
    if (bare.empty() || absl::StartsWith(bare, "#")) return;
    if (absl::StartsWith(line, "/*")) {
      comment_ = std::string(line);
      in_comment_ = !absl::StrContains(line, "*/");
      return;
    }
    declaration_ = std::string(line);
    depth_ = Depth(line);
    Finish();
  }

  // Appends the page, and an alias for each of its functions.
  void Write(std::vector<HeaderPage>* pages) const {
    const std::string name = PageName(title_);
    const absl::string_view subject = absl::StripAsciiWhitespace(title_.substr(0, title_.find(':')));
    std::string page =
        absl::StrCat(".TH \"", absl::AsciiStrToUpper(name), "\" 3 \"\" \"lathe\" \"Lathe's C ABI\"\n");
    absl::StrAppend(&page, ".SH NAME\n", absl::StrJoin(functions_, ", "), functions_.empty() ? name : "",
                    " \\- ", Roff(absl::AsciiStrToLower(subject)), "\n");
    absl::StrAppend(&page, ".SH SYNOPSIS\n.nf\n.B #include <lathe/lathe.h>\n.fi\n.SH DESCRIPTION\n", body_);
    absl::StrAppend(&page, ".SH SEE ALSO\n.BR lathe (1),\n.BR lathe-conventions (3)\n");
    pages->emplace_back(name + ".3", page);
    for (const std::string& function : functions_) {
      pages->emplace_back(function + ".3", absl::StrCat(".so man3/", name, ".3\n"));
    }
  }

 private:
  static int Depth(absl::string_view text) {
    int depth = 0;
    for (const char c : text) depth += c == '{' || c == '(' ? 1 : c == '}' || c == ')' ? -1 : 0;
    return depth;
  }

  // Whether the line goes on with what the one before began.
  bool Continues(absl::string_view line) {
    if (in_comment_) {
      absl::StrAppend(&comment_, "\n", line);
      in_comment_ = !absl::StrContains(line, "*/");
      return true;
    }
    if (declaration_.empty()) return false;
    absl::StrAppend(&declaration_, "\n", line);
    depth_ += Depth(line);
    Finish();
    return true;
  }

  void Finish() {
    const bool is_body = absl::StartsWith(declaration_, "static inline");
    const char last = is_body ? '}' : ';';
    // A comment may stand behind the end.
    absl::string_view end = absl::string_view(declaration_).substr(declaration_.rfind('\n') + 1);
    end = absl::StripTrailingAsciiWhitespace(end.substr(0, end.find("/*")));
    if (depth_ != 0 || end.empty() || end.back() != last) return;
    if (is_body) declaration_ = declaration_.substr(0, declaration_.find(" {")) + ";";
    absl::string_view shown = declaration_;
    absl::ConsumePrefix(&shown, kApi);
    const std::string function = FunctionName(shown);
    if (!function.empty()) functions_.push_back(function);
    absl::StrAppend(&body_, ".PP\n.nf\n\\fB", Roff(shown), "\\fR\n.fi\n");
    if (!comment_.empty()) absl::StrAppend(&body_, ".RS 4\n", Roff(CommentText(comment_)), "\n.RE\n");
    comment_.clear();
    declaration_.clear();
  }

  const absl::string_view title_;
  bool in_comment_ = false;
  int depth_ = 0;  // brackets that are open in the declaration
  std::string comment_, declaration_, body_;
  std::vector<std::string> functions_;
};

// The comment that the header begins with.
std::string ConventionsPage(absl::string_view header) {
  const std::string text = CommentText(header.substr(0, header.find("*/")));
  std::string page = ".TH \"LATHE-CONVENTIONS\" 3 \"\" \"lathe\" \"Lathe's C ABI\"\n.SH NAME\n";
  absl::StrAppend(&page, "lathe-conventions \\- how the functions of lathe.h behave\n.SH DESCRIPTION\n.nf\n",
                  Roff(text), "\n.fi\n.SH SEE ALSO\n.BR lathe (1)\n");
  return page;
}

}  // namespace

std::vector<HeaderPage> HeaderPages(std::string_view header) {
  const absl::string_view text(header.data(), header.size());
  std::vector<HeaderPage> pages = {{"lathe-conventions.3", ConventionsPage(text)}};
  std::vector<Section> sections;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, kSection)) {
      absl::string_view title = line.substr(kSection.size());
      sections.emplace_back(absl::StripAsciiWhitespace(title.substr(0, title.find(" -"))));
    } else if (absl::StartsWith(line, "#ifdef __cplusplus") && !sections.empty()) {
      break;  // the end of extern "C"
    } else if (!sections.empty()) {
      sections.back().Add(line);
    }
  }
  for (const Section& section : sections) section.Write(&pages);
  return pages;
}

}  // namespace lathe::tools
