# Real libraries: libm, zlib, bzip2, SQLite.
import ffi
import numpy as np
from common import fails

ffi.cdef("""
double j0(double) __attribute__((const, threadsafe)); double tgamma(double); double erf(double);
double frexp(double value, int *exponent); float fabsf(float); long lround(double);
""")
m = ffi.load("m")
assert abs(m.j0(1.0) - 0.7651976865579666) < 1e-15 and m.tgamma(5) == 24.0 and abs(m.erf(0.5) - 0.5204998778130465) < 1e-15
exponent = ffi.new("int *")
assert m.frexp(10.0, exponent) == 0.625 and exponent[0] == 4
assert m.lround(2.5) == 3 and m.fabsf(-2) == 2.0

ffi.cdef("""
unsigned long crc32(unsigned long crc, const unsigned char data[length], unsigned int length);
unsigned long compressBound(unsigned long);
int compress(unsigned char *to, unsigned long *to_length, const unsigned char from[length], unsigned long length);
int uncompress(unsigned char *to, unsigned long *to_length, const unsigned char from[length], unsigned long length);
int BZ2_bzBuffToBuffCompress(char *to, unsigned int *to_length, char from[length], unsigned int length, int block, int verbosity, int work);
int BZ2_bzBuffToBuffDecompress(char *to, unsigned int *to_length, char from[length], unsigned int length, int small, int verbosity);
const char *BZ2_bzlibVersion(void);
""")
z = ffi.load("z")
data = (np.arange(10000) % 7).astype(np.uint8)
assert z.crc32(0, b"123456789", 9) == 0xCBF43926
packed = np.zeros(z.compressBound(data.size), dtype=np.uint8)
packed_length = ffi.new("unsigned long *", packed.size)
assert z.compress(packed, packed_length, data, data.size) == 0 and packed_length[0] < 200
unpacked, length = np.zeros(10000, dtype=np.uint8), ffi.new("unsigned long *", 10000)
assert z.uncompress(unpacked, length, packed, packed_length[0]) == 0 and (unpacked == data).all()
fails("ValueError", "the array has 10000 elements, the declaration asks for 10001", lambda: z.crc32(0, data, 10001))

bz2 = ffi.load("bz2")
assert ffi.string(bz2.BZ2_bzlibVersion()).startswith("1.0")
small, small_length = np.zeros(10000, dtype=np.int8), ffi.new("unsigned int *", 10000)
assert bz2.BZ2_bzBuffToBuffCompress(small, small_length, data, data.size, 9, 0, 0) == 0 and small_length[0] < 500
again, again_length = ffi.new("char[10000]"), ffi.new("unsigned int *", 10000)
assert bz2.BZ2_bzBuffToBuffDecompress(again, again_length, small, small_length[0], 0, 0) == 0
assert (ffi.buffer(ffi.cast("unsigned char *", again), 10000) == data).all()

ffi.cdef("""
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
enum { SQLITE_OK = 0, SQLITE_ABORT = 4, SQLITE_ROW = 100, SQLITE_DONE = 101 };
int sqlite3_open(const char *name, sqlite3 **db);
int sqlite3_close(sqlite3 *);
int sqlite3_exec(sqlite3 *, const char *sql, int (*row)(void *, int, char **, char **), void *, char **message);
int sqlite3_prepare_v2(sqlite3 *, const char *sql, int bytes, sqlite3_stmt **statement, const char **tail);
int sqlite3_bind_int64(sqlite3_stmt *, int, int64_t);
int sqlite3_bind_double(sqlite3_stmt *, int, double);
int sqlite3_bind_text(sqlite3_stmt *, int, const char *, int, void (*)(void *));
int sqlite3_step(sqlite3_stmt *);
int sqlite3_reset(sqlite3_stmt *);
int sqlite3_finalize(sqlite3_stmt *);
int64_t sqlite3_column_int64(sqlite3_stmt *, int);
double sqlite3_column_double(sqlite3_stmt *, int);
const unsigned char *sqlite3_column_text(sqlite3_stmt *, int);
const char *sqlite3_errmsg(sqlite3 *);
void sqlite3_free(void *);
""")
sql = ffi.load("sqlite3")
out = ffi.new("sqlite3 **")
assert sql.sqlite3_open(":memory:", out) == sql.SQLITE_OK
db = ffi.gc(out[0], sql.sqlite3_close)
assert sql.sqlite3_exec(db, "create table t (id integer, value real, name text)", None, None, None) == 0
statement_out = ffi.new("sqlite3_stmt **")
assert sql.sqlite3_prepare_v2(db, "insert into t values (?, ?, ?)", -1, statement_out, None) == 0
insert = statement_out[0]
for k in range(50):
    name = f"row {k}"
    assert sql.sqlite3_bind_int64(insert, 1, k) == 0
    assert sql.sqlite3_bind_double(insert, 2, k * 0.5) == 0
    assert sql.sqlite3_bind_text(insert, 3, name, -1, ffi.cast("void (*)(void *)", -1)) == 0
    assert sql.sqlite3_step(insert) == sql.SQLITE_DONE
    assert sql.sqlite3_reset(insert) == 0
assert sql.sqlite3_finalize(insert) == 0
assert sql.sqlite3_prepare_v2(db, "select id, value, name from t where id >= 47 order by id", -1, statement_out, None) == 0
select, rows = statement_out[0], []
while sql.sqlite3_step(select) == sql.SQLITE_ROW:
    rows.append((sql.sqlite3_column_int64(select, 0), sql.sqlite3_column_double(select, 1), ffi.string(sql.sqlite3_column_text(select, 2))))
sql.sqlite3_finalize(select)
assert rows == [(47, 23.5, "row 47"), (48, 24.0, "row 48"), (49, 24.5, "row 49")]

found = []


def row(context, count, values, names):
    found.append({ffi.string(names[k]): ffi.string(values[k]) for k in range(count)})
    return 0


assert sql.sqlite3_exec(db, "select id, name from t where id < 2", row, None, None) == 0
assert found == [{"id": "0", "name": "row 0"}, {"id": "1", "name": "row 1"}]


def bad_row(context, count, values, names):
    raise LookupError("stop here")


fails("LookupError", "stop here", lambda: sql.sqlite3_exec(db, "select * from t", bad_row, None, None))
message = ffi.new("char **")
assert sql.sqlite3_exec(db, "selct", None, None, message) == 1
assert "syntax error" in ffi.string(ffi.gc(message[0], sql.sqlite3_free))
assert ffi.string(sql.sqlite3_errmsg(db)) == 'near "selct": syntax error'
print("ok")
