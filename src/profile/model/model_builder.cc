// One member function an event; a table says which. Events and fields that are not known are skipped.
#include "src/profile/model/model_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "src/profile/output/text.h"

namespace lathe::profile {
namespace {

constexpr size_t kMostSpans = size_t{1} << 20;

Place PlaceOf(const LogEvent& event, std::string_view line_key = "line") {
  return {std::string(event.String("file")), event.Number(line_key)};
}

class ModelBuilder {
 public:
  void Add(const LogEvent& event) {
    const int64_t time = event.Number("t");
    model_.wall = std::max(model_.wall, time);
    const auto found = kHandlers().find(event.name);
    if (found != kHandlers().end()) (this->*found->second)(event);
  }

  LogModel Finish(std::string path, const LogExtent& extent) {
    model_.path = std::move(path);
    model_.extent = extent;
    if (model_.phases.empty()) EstimatePhases();
    return std::move(model_);
  }

 private:
  using Handler = void (ModelBuilder::*)(const LogEvent&);

  static const absl::flat_hash_map<std::string_view, Handler>& kHandlers() {
    static const absl::flat_hash_map<std::string_view, Handler> handlers = {
        {"log", &ModelBuilder::AddHead},
        {"cache_miss", &ModelBuilder::AddMiss},
        {"record", &ModelBuilder::AddRecord},
        {"pass", &ModelBuilder::AddPass},
        {"choice", &ModelBuilder::AddChoice},
        {"compile", &ModelBuilder::AddCompile},
        {"run", &ModelBuilder::AddRun},
        {"loop_run", &ModelBuilder::AddLoopRun},
        {"exit", &ModelBuilder::AddExit},
        {"abort", &ModelBuilder::AddAbort},
        {"blacklist", &ModelBuilder::AddBlacklist},
        {"evict", &ModelBuilder::AddEviction},
        {"foreign", &ModelBuilder::AddForeign},
        {"sample", &ModelBuilder::AddSample},
        {"phases", &ModelBuilder::AddPhases},
        {"end", &ModelBuilder::AddEnd},
    };
    return handlers;
  }

  TraceRecord& TraceOf(const LogEvent& event) {
    const std::string_view name = event.String("trace");
    const auto [entry, made] = index_.try_emplace(View(name), model_.traces.size());
    if (made) {
      model_.traces.emplace_back().name = name;
      model_.traces.back().is_loop = name.starts_with("loop");
    }
    TraceRecord& trace = model_.traces[entry->second];
    subject_ = static_cast<int32_t>(entry->second);
    return trace;
  }

  // The compilation that is going on: passes come before the compile event that ends it.
  static Compilation& Open(TraceRecord& trace) {
    if (trace.compilations.empty() || trace.compilations.back().compiled) trace.compilations.emplace_back();
    return trace.compilations.back();
  }

  void SetPlace(TraceRecord& trace, const LogEvent& event) {
    const std::vector<int64_t> lines = event.Numbers("lines");
    if (!trace.place.known()) {
      trace.place = PlaceOf(event);
      // A loop's own line comes first; an array trace is named after its last operation.
      if (!lines.empty() && !trace.place.known())
        trace.place.line = trace.is_loop ? lines.front() : lines.back();
    }
    for (const int64_t line : lines) {
      const auto at = std::lower_bound(trace.lines.begin(), trace.lines.end(), line);
      if (at == trace.lines.end() || *at != line) trace.lines.insert(at, line);
    }
  }

  void AddSpan(const LogEvent& event, SpanKind kind, int64_t nanoseconds, uint16_t pass = 0) {
    if (nanoseconds <= model_.shortest_span && model_.spans_dropped > 0) {
      ++model_.spans_dropped;
      return;
    }
    Span span;
    span.begin = event.Number("t") - nanoseconds;
    span.nanoseconds = nanoseconds;
    span.subject = subject_;
    span.count = static_cast<int32_t>(
        std::min<int64_t>(event.Number("count", 1), std::numeric_limits<int32_t>::max()));
    span.thread = static_cast<int32_t>(event.Number("thread"));
    span.kind = kind;
    span.pass = pass;
    model_.spans.push_back(span);
    if (model_.spans.size() >= kMostSpans) DropShortSpans();
  }

  // Keeps the longer half.
  void DropShortSpans() {
    std::vector<int64_t> lengths;
    for (const Span& span : model_.spans) lengths.push_back(span.nanoseconds);
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    model_.shortest_span = *middle;
    const size_t before = model_.spans.size();
    std::erase_if(model_.spans, [&](const Span& span) { return span.nanoseconds <= model_.shortest_span; });
    model_.spans_dropped += static_cast<int64_t>(before - model_.spans.size());
  }

  uint16_t PassIndex(std::string_view name) {
    auto& names = model_.pass_names;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<uint16_t>(found - names.begin());
    names.emplace_back(name);
    return static_cast<uint16_t>(names.size() - 1);
  }

  void AddHead(const LogEvent& event) {
    LogHead& head = model_.head;
    head.engine = event.String("engine");
    head.started = event.String("started");
    head.cpu = event.String("cpu");
    head.isa = event.String("isa");
    head.fp = event.String("fp");
    head.jit = event.String("jit");
    head.detail = event.String("detail");
    head.folder = event.String("folder");
    head.command = event.Strings("command");
    head.cores = event.Number("cores");
    head.pid = event.Number("pid");
    for (const std::string& word : head.command) {
      if (head.script.empty() && word.ends_with(".py")) head.script = word;
    }
  }

  void AddMiss(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    SetPlace(trace, event);
    trace.miss_reason = event.String("reason");
    trace.nearest = event.String("nearest");
    trace.difference = event.String("difference");
    trace.miss_time = event.Number("t");
  }

  void AddRecord(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    SetPlace(trace, event);
    // An array trace is known by its first line: the last one is where somebody looked at the result.
    if (!trace.is_loop && !trace.lines.empty()) trace.place.line = trace.lines.front();
    if (!trace.compilations.empty() && !trace.compilations.back().compiled && trace.is_loop) {
      trace.compilations.pop_back();  // a recording that came to nothing
    }
    Compilation& compilation = Open(trace);
    trace.ops = std::max(trace.ops, event.Number("ops"));
    if (trace.signature.empty()) trace.signature = event.String("signature");
    compilation.record_nanoseconds += event.Number("nanoseconds");
    compilation.exit = event.Number("exit", -1);
    compilation.ended = event.String("ended");
    compilation.recorded = event.Text("ir");
    AddSpan(event, SpanKind::kRecord, event.Number("nanoseconds"));
  }

  void AddPass(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    PassRun& run = Open(trace).passes.emplace_back();
    run.pass = event.String("pass");
    run.level = event.String("level");
    run.nanoseconds = event.Number("nanoseconds");
    run.changed = event.Number("changed", 1) != 0;
    run.ops_before = event.Number("ops_before");
    run.ops_after = event.Number("ops_after");
    run.reasons = event.Strings("reasons");
    run.ir = event.Text("ir");
    AddSpan(event, SpanKind::kPass, run.nanoseconds, PassIndex(run.pass));
  }

  void AddChoice(const LogEvent& event) {
    Choice choice{std::string(event.String("choice")), event.Number("answer") != 0,
                  std::string(event.String("why"))};
    Open(TraceOf(event)).choices.push_back(std::move(choice));
  }

  void AddCompile(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    SetPlace(trace, event);
    Compilation& compilation = Open(trace);
    compilation.compiled = true;
    compilation.end = event.Number("t");
    compilation.nanoseconds = event.Number("nanoseconds");
    compilation.emit_nanoseconds = event.Number("emit_nanoseconds");
    compilation.bytes = event.Number("bytes");
    compilation.nests = event.Number("nests");
    compilation.temporaries = event.Number("temporaries");
    compilation.exit = event.Number("exit", -1);
    compilation.guards = event.Number("guards");
    compilation.checks_hoisted = event.Number("checks_hoisted");
    compilation.isa = event.String("isa");
    compilation.listing = event.Text("listing");
    for (LoopExit& exit : trace.exits) exit.side_trace |= exit.number == compilation.exit;
    AddSpan(event, SpanKind::kCompile, compilation.nanoseconds);
    AddSpan(event, SpanKind::kEmit, compilation.emit_nanoseconds);
  }

  void AddRun(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    const int64_t nanoseconds = event.Number("nanoseconds");
    const int64_t count = event.Number("count", 1);
    Runs& runs = trace.runs;
    runs.count += count;
    runs.nanoseconds += nanoseconds;
    runs.longest = std::max(runs.longest, event.Number("longest", nanoseconds));
    runs.elements += event.Number("elements");
    runs.bytes += event.Number("bytes");
    runs.threads = std::max(runs.threads, event.Number("threads", 1));
    runs.waiting += event.Number("waiting");
    runs.hits += event.Number("hits");
    if (event.Number("compiled", 1) == 0) {
      runs.interpreted += count;
      runs.interpreted_nanoseconds += nanoseconds;
    }
    AddSpan(event, SpanKind::kRun, nanoseconds);
  }

  void AddLoopRun(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    const int64_t nanoseconds = event.Number("nanoseconds");
    trace.is_loop = true;
    trace.runs.count += event.Number("count", 1);
    trace.runs.nanoseconds += nanoseconds;
    trace.runs.longest = std::max(trace.runs.longest, event.Number("longest", nanoseconds));
    trace.runs.turns += event.Number("turns");
    AddSpan(event, SpanKind::kLoop, nanoseconds);
  }

  void AddExit(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    const int64_t number = event.Number("exit", -1);
    auto found = std::find_if(trace.exits.begin(), trace.exits.end(),
                              [&](const LoopExit& exit) { return exit.number == number; });
    if (found == trace.exits.end()) {
      found = trace.exits.emplace(trace.exits.end());
      found->number = number;
      found->place = PlaceOf(event);
      found->reason = event.String("reason");
      found->guard = event.String("guard");
    }
    found->count += event.Number("count", 1);
    found->nanoseconds += event.Number("nanoseconds");
    found->side_trace |= event.Number("side_trace") != 0;
  }

  void AddAbort(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    trace.is_loop = true;
    SetPlace(trace, event);
    std::string reason(event.String("reason"));
    // What it was is what counts; the line is a field of its own.
    constexpr std::string_view kOperation = "what the recorder cannot say: ";
    if (reason.starts_with(kOperation)) reason.erase(0, kOperation.size());
    const size_t line = reason.rfind(", line ");
    if (line != std::string::npos) reason.resize(line);
    Abort abort{PlaceOf(event),           PlaceOf(event, "at"),
                event.Number("exit", -1), std::string(event.String("code")),
                std::move(reason),        0};
    auto found = std::find_if(trace.aborts.begin(), trace.aborts.end(), [&](const Abort& other) {
      return other.at == abort.at && other.exit == abort.exit && other.reason == abort.reason;
    });
    if (found == trace.aborts.end()) found = trace.aborts.insert(trace.aborts.end(), std::move(abort));
    ++found->count;
    AddSpan(event, SpanKind::kAbort, event.Number("nanoseconds"));
  }

  void AddBlacklist(const LogEvent& event) {
    TraceRecord& trace = TraceOf(event);
    trace.is_loop = true;
    SetPlace(trace, event);
    trace.blacklistings.push_back({PlaceOf(event), event.Number("exit", -1), event.Number("failures")});
  }

  void AddEviction(const LogEvent& event) { ++TraceOf(event).evictions; }

  void AddForeign(const LogEvent& event) {
    auto& foreign = model_.foreign;
    const std::string_view name = event.String("name");
    const Place place = PlaceOf(event);
    auto found = std::find_if(foreign.begin(), foreign.end(), [&](const ForeignCalls& calls) {
      return calls.name == name && calls.place == place;
    });
    if (found == foreign.end()) {
      found = foreign.emplace(foreign.end());
      found->name = name;
      found->library = event.String("library");
      found->place = place;
    }
    found->count += event.Number("count", 1);
    found->nanoseconds += event.Number("nanoseconds");
    subject_ = static_cast<int32_t>(found - foreign.begin());
    AddSpan(event, SpanKind::kForeign, event.Number("nanoseconds"));
  }

  void AddSample(const LogEvent& event) {
    model_.samples.push_back({PlaceOf(event), std::string(event.String("function")),
                              std::string(event.String("phase")), std::string(event.String("trace")),
                              event.Number("count", 1)});
  }

  // Each event has the sums so far; the last one counts.
  void AddPhases(const LogEvent& event) {
    model_.phases.clear();
    for (const LogField& field : event) {
      if (field.kind != LogField::Kind::kNumber) continue;
      if (field.key == "t" || field.key == "thread") continue;
      if (field.key == "wall") {
        model_.wall = event.Number("wall");
      } else if (field.key == "cpu") {
        model_.cpu = event.Number("cpu");
      } else {
        model_.phases.push_back({std::string(field.key), event.Number(field.key)});
      }
    }
  }

  void AddEnd(const LogEvent& event) {
    model_.ended = true;
    model_.status = event.Number("status");
    model_.wall = event.Number("nanoseconds", model_.wall);
    model_.cpu = event.Number("cpu", model_.cpu);
    for (const LogField& field : event) {
      if (field.kind == LogField::Kind::kNumber) model_.counters[std::string(field.key)] = field.number;
    }
    for (const std::string_view key : {"t", "thread", "status", "nanoseconds", "cpu"}) {
      model_.counters.erase(std::string(key));
    }
  }

  // For a log that was cut before its first `phases` event: what the other events add up to. Work inside
  // loops is counted with the loops.
  void EstimatePhases() {
    int64_t record = 0, optimise = 0, emit = 0, run = 0, loop = 0, foreign = 0;
    for (const TraceRecord& trace : model_.traces) {
      (trace.is_loop ? loop : run) += trace.runs.nanoseconds;
      for (const Compilation& compilation : trace.compilations) {
        record += compilation.record_nanoseconds;
        emit += compilation.emit_nanoseconds;
        for (const PassRun& pass : compilation.passes) optimise += pass.nanoseconds;
      }
    }
    for (const ForeignCalls& calls : model_.foreign) foreign += calls.nanoseconds;
    model_.phases_estimated = true;
    model_.phases = {{"record", record}, {"optimise", optimise}, {"emit", emit},
                     {"run", run},       {"loop", loop},         {"foreign", foreign}};
  }

  LogModel model_;
  absl::flat_hash_map<std::string, size_t> index_;
  int32_t subject_ = -1;
};

}  // namespace

absl::StatusOr<LogModel> LoadModel(const LogFile& file) {
  ModelBuilder builder;
  const absl::StatusOr<LogExtent> extent = file.Visit([&](const LogEvent& event) { builder.Add(event); });
  if (!extent.ok()) return extent.status();
  return builder.Finish(file.name(), *extent);
}

absl::StatusOr<LogModel> LoadModel(const std::string& path) {
  const absl::StatusOr<LogFile> file = LogFile::Open(path);
  return file.ok() ? LoadModel(*file) : file.status();
}

}  // namespace lathe::profile
