// Machine: what this computer can do at best, measured once: bytes a second by the size of what is touched,
// and float64 operations a second. Answers set the speed of traces in relation to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lathe::profile {

struct Machine {
  std::string cpu;
  int64_t cores = 1;
  struct Level {
    int64_t bytes = 0;      // of the working set
    double one_thread = 0;  // bytes a second, reads and writes counted
    double all_threads = 0;
  };
  std::vector<Level> levels;  // from small to large; the last one is main memory
  double operations_one = 0;  // float64 additions and multiplications a second, one thread
  double operations_all = 0;

  // The best bytes a second for a working set of this size.
  double BandwidthFor(double bytes, int64_t threads) const;
  double OperationsFor(int64_t threads) const { return threads > 1 ? operations_all : operations_one; }
};

// Measures; takes about a second and all cores.
Machine MeasureMachine();
// The name of this computer's processor, as the log has it.
std::string ProcessorName();
// Where the measurement is kept: XDG_CACHE_HOME/lathe/machine-NAME.json, or ~/.cache/lathe; "" if there is no
// home.
std::string MachineCachePath(const std::string& cpu);
// What was measured for `cpu` before; nothing if it never was.
std::optional<Machine> LoadMachine(const std::string& cpu);
// False if it could not be written.
bool SaveMachine(const Machine& machine);

}  // namespace lathe::profile
