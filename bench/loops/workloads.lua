-- workloads.lua - the plain loops of the loop benchmark for LuaJIT, over FFI arrays; plain.py says what they are.
--
-- usage: workloads.lua NAME N SECONDS; prints "NANOSECONDS CHECK FIRST" (see timing.py), or "-" for an unknown name.
local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long s; long ns; } lathe_timespec;
  int clock_gettime(int, lathe_timespec *);
]]

local GRID, DATA, LIMIT, BINS = 500, 1000000, 200, 1000
local stamp = ffi.new("lathe_timespec")

local function now()
  ffi.C.clock_gettime(1, stamp)
  return tonumber(stamp.s) + 1e-9 * tonumber(stamp.ns)
end

local function doubles(n) return ffi.new("double[?]", n) end
local function integers(n) return ffi.new("int32_t[?]", n) end

-- Numbers in [0, 1) without order, the same in every peer.
local function noise(n, offset)
  local v = doubles(n)
  for i = 0, n - 1 do v[i] = (i + (offset or 0)) * 1103515245 % 2147483647 / 2147483647 end
  return v
end

-- Each workload: make(n) returns the result, its length and the arguments of run.
local workloads = {}

workloads.laplace = {
  make = function(n)
    local u = noise(GRID * GRID)
    return u, GRID * GRID, u, GRID, n
  end,
  run = function(u, m, sweeps)
    for _ = 1, sweeps do
      for i = 1, m - 2 do
        for j = 1, m - 2 do
          u[i * m + j] = 0.25 * (u[(i - 1) * m + j] + u[(i + 1) * m + j] + u[i * m + j - 1] + u[i * m + j + 1])
        end
      end
    end
  end,
}

workloads.recurrence = {
  make = function(n)
    local x = noise(n)
    return x, n, x, noise(n, 1), noise(n, 2), n
  end,
  run = function(x, a, b, n)
    for i = 1, n - 1 do x[i] = a[i] * x[i - 1] + b[i] end
  end,
}

workloads.floyd_warshall = {
  make = function(n)
    local d = noise(n * n)
    return d, n * n, d, n
  end,
  run = function(d, n)
    for k = 0, n - 1 do
      for i = 0, n - 1 do
        for j = 0, n - 1 do
          if d[i * n + k] + d[k * n + j] < d[i * n + j] then d[i * n + j] = d[i * n + k] + d[k * n + j] end
        end
      end
    end
  end,
}

workloads.matmul = {
  make = function(n)
    local c = doubles(n * n)
    return c, n * n, noise(n * n), noise(n * n, 1), c, n
  end,
  run = function(a, b, c, n)
    for i = 0, n - 1 do
      for j = 0, n - 1 do
        local s = 0.0
        for k = 0, n - 1 do s = s + a[i * n + k] * b[k * n + j] end
        c[i * n + j] = s
      end
    end
  end,
}

workloads.collatz = {
  make = function(n) return nil, 0, n end,
  run = function(n)
    local longest, total = 0, 0
    for start = 1, n - 1 do
      local x, steps = start, 0
      while x ~= 1 do
        if x % 2 == 0 then x = x / 2 else x = 3 * x + 1 end
        steps = steps + 1
      end
      total = total + steps
      if steps > longest then longest = steps end
    end
    return total + longest
  end,
}

workloads.sieve = {
  make = function(n)
    local flags = ffi.new("uint8_t[?]", n)
    ffi.fill(flags, n, 1)
    return flags, n, flags, n
  end,
  run = function(flags, n)
    local i = 2
    while i * i < n do
      if flags[i] ~= 0 then
        for j = i * i, n - 1, i do flags[j] = 0 end
      end
      i = i + 1
    end
  end,
}

workloads.mandelbrot = {
  make = function(n)
    local counts = integers(n * n)
    return counts, n * n, counts, n, LIMIT
  end,
  run = function(counts, n, limit)
    for i = 0, n - 1 do
      for j = 0, n - 1 do
        local cr, ci = 3 * j / n - 2, 3 * i / n - 1.5
        local zr, zi, k = 0.0, 0.0, 0
        while k < limit and zr * zr + zi * zi <= 4 do
          local t = zr * zr - zi * zi + cr
          zi = 2 * zr * zi + ci
          zr = t
          k = k + 1
        end
        counts[i * n + j] = k
      end
    end
  end,
}

workloads.binary_search = {
  make = function(n)
    local data, found = doubles(DATA), integers(n)
    for i = 0, DATA - 1 do data[i] = i / DATA end
    return found, n, data, DATA, noise(n), found, n
  end,
  run = function(data, size, queries, found, n)
    for q = 0, n - 1 do
      local wanted, low, high = queries[q], 0, size
      while low < high do
        local middle = math.floor((low + high) / 2)
        if data[middle] < wanted then low = middle + 1 else high = middle end
      end
      found[q] = low
    end
  end,
}

workloads.insertion_sort = {
  make = function(n)
    local a = noise(n)
    return a, n, a, n
  end,
  run = function(a, n)
    for i = 1, n - 1 do
      local key, j = a[i], i - 1
      while j >= 0 and a[j] > key do
        a[j + 1] = a[j]
        j = j - 1
      end
      a[j + 1] = key
    end
  end,
}

workloads.histogram = {
  make = function(n)
    local bins = integers(BINS)
    return bins, BINS, noise(n), bins, BINS, n
  end,
  run = function(x, bins, scale, n)
    for i = 0, n - 1 do
      local bin = math.floor(x[i] * scale)
      bins[bin] = bins[bin] + 1
    end
  end,
}

workloads.product_loop = {
  make = function(n)
    local c = doubles(n)
    return c, n, noise(n), noise(n, 1), c, n
  end,
  run = function(a, b, c, n)
    for i = 0, n - 1 do c[i] = a[i] * b[i] end
  end,
}

-- One number for a result; elements count by their place.
local function check(result, length)
  local sum = 0
  for i = 0, length - 1 do sum = sum + result[i] * (i % 97 + 1) end
  return sum
end

local function time(run, ...)
  local start = now()
  local scalar = run(...)
  return now() - start, scalar
end

local function measure(workload, n, seconds)
  local first, best, calls, answer = 0, 1e30, 0, 0
  local finish = now() + seconds
  while calls < 2 or now() < finish do
    local made = { workload.make(n) }
    local elapsed, scalar = time(workload.run, unpack(made, 3, table.maxn(made)))
    if calls == 0 then first = elapsed else best = math.min(best, elapsed) end
    answer = scalar or check(made[1], made[2])
    calls = calls + 1
  end
  return string.format("%.6g %.15g %.6g", best * 1e9, answer, first * 1e9)
end

local workload = workloads[arg[1]]
print(workload and measure(workload, tonumber(arg[2]), tonumber(arg[3])) or "-")
