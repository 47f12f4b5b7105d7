# A function of a C library that takes nearly all of the time.
import ffi
import numpy as np

ffi.cdef("unsigned long crc32(unsigned long crc, const unsigned char data[n], unsigned int n);")
z = ffi.load("z")
data = np.arange(20_000_000) % 251
data = data.astype(np.uint8)
crc = 0
for k in range(12):
    crc = z.crc32(crc, data, data.size)
print(crc)
