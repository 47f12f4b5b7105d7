-- The longest Collatz chain, in a script that Lathe compiles, called from LuaJIT through the C ABI.
--
--   LD_LIBRARY_PATH=... luajit collatz.lua
local ffi = require("ffi")
ffi.cdef [[
typedef struct lathe_program lathe_program;
typedef struct lathe_array lathe_array;
typedef struct { int32_t kind, dtype; union { const lathe_array* array; int64_t integer; double number; } value; } lathe_input;
const char* lathe_last_error(void);
int lathe_program_new(lathe_program** result);
void lathe_program_free(lathe_program* program);
int lathe_program_run(lathe_program* program, const char* code, const char* name);
int lathe_program_call(lathe_program* program, const char* name, const lathe_input* arguments, size_t count,
                       lathe_array** results, size_t* result_count);
int lathe_array_int64(const lathe_array* array, int64_t* value);
void lathe_array_free(lathe_array* array);
]]
local lathe = ffi.load("lathe")

local function check(status)
  if status ~= 0 then error(ffi.string(lathe.lathe_last_error())) end
end

local handle = ffi.new("lathe_program*[1]")
check(lathe.lathe_program_new(handle))
local program = ffi.gc(handle[0], lathe.lathe_program_free)
check(lathe.lathe_program_run(program, [[
def longest(limit):
    best = (0, 0)
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        best = max(best, (steps, start))
    return best
]], "collatz"))

local limit = ffi.new("lathe_input[1]")
limit[0].kind = 2
limit[0].value.integer = 100000
local results, count = ffi.new("lathe_array*[2]"), ffi.new("size_t[1]", 2)
check(lathe.lathe_program_call(program, "longest", limit, 1, results, count))
local numbers = {}
for k = 0, 1 do
  local value = ffi.new("int64_t[1]")
  check(lathe.lathe_array_int64(results[k], value))
  lathe.lathe_array_free(results[k])
  numbers[k + 1] = tonumber(value[0])
end
print(("below 100000 the longest chain has %d steps and begins at %d"):format(numbers[1], numbers[2]))
