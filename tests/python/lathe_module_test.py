"""Tests of python/lathe.py under whatever Python runs them; with NumPy where there is one."""

import array
import gc
import math
import unittest

import lathe

try:
    import numpy
except ImportError:
    numpy = None


class Making(unittest.TestCase):
    def test_sequences(self):
        x = lathe.array([[1, 2, 3], [4, 5, 6]])
        self.assertEqual((x.shape, x.dtype, x.tolist()), ((2, 3), "int64", [[1, 2, 3], [4, 5, 6]]))
        self.assertEqual(lathe.array([1, 2.5]).dtype, lathe.float64)
        self.assertEqual(lathe.array([True, False]).dtype, bool)
        self.assertEqual(lathe.array([], dtype="float32").shape, (0,))
        self.assertEqual(lathe.asarray(7).tolist(), 7)
        self.assertEqual(lathe.array(range(3)).tolist(), [0, 1, 2])
        with self.assertRaises(ValueError):
            lathe.array([[1, 2], [3]])
        with self.assertRaises(TypeError):
            lathe.zeros(3, dtype="quux")

    def test_memory_of_others_is_shared_and_released(self):
        host = array.array("d", [1, 2, 3])
        x = lathe.asarray(host)
        x[0] = 10
        self.assertEqual(host[0], 10)
        host[1] = 20
        view = x[1:]
        del x
        gc.collect()
        self.assertEqual(view.tolist(), [20, 3])
        raw = bytearray(16)
        y = lathe.frombuffer(raw, dtype="float64")
        y[...] = 1.5
        self.assertEqual(memoryview(raw).cast("d").tolist(), [1.5, 1.5])
        self.assertEqual(lathe.asarray(b"abc").tolist(), [97, 98, 99])  # read-only: a copy
        held = len(lathe._held)
        del y, view
        gc.collect()
        self.assertLess(len(lathe._held), held)

    def test_creation(self):
        self.assertEqual(lathe.arange(3).tolist(), [0, 1, 2])
        self.assertEqual(lathe.arange(0, 1, 0.5).tolist(), [0, 0.5])
        self.assertEqual(lathe.eye(2).tolist(), [[1, 0], [0, 1]])
        self.assertEqual(lathe.full((2, 1), 3, "int8").tolist(), [[3], [3]])
        self.assertEqual(lathe.linspace(0, 1, 3).tolist(), [0, 0.5, 1])


class Computing(unittest.TestCase):
    def test_operators(self):
        x = lathe.array([1.0, 2.0, 3.0])
        self.assertEqual((2 * x - 1).tolist(), [1, 3, 5])
        self.assertEqual((1 / x)[1].item(), 0.5)
        self.assertEqual((x ** 2 > 3).tolist(), [False, True, True])
        self.assertEqual((-x % 2).tolist(), [1, 0, 1])
        self.assertEqual((x @ x).item(), 14)
        self.assertEqual((lathe.array([6]) // 4 | 8).tolist(), [9])
        y = x
        y += 1
        self.assertEqual(x.tolist(), [2, 3, 4])
        with self.assertRaisesRegex(ValueError, r"shapes \(3,\) \(2,\)"):
            x + lathe.ones(2)

    def test_functions(self):
        x = lathe.linspace(0, 2, 5)
        self.assertEqual(lathe.sin(x).tolist(), [math.sin(v) for v in (0, 0.5, 1, 1.5, 2)])
        self.assertEqual(lathe.where(x > 1, x, 0).tolist(), [0, 0, 0, 1.5, 2])
        self.assertEqual(lathe.maximum(x, 1).sum().item(), 6.5)
        self.assertEqual(float(x.mean()), 1)
        self.assertEqual(x.reshape(5, 1).max(axis=0, keepdims=True).shape, (1, 1))
        self.assertEqual(lathe.concatenate([x, x]).shape, (10,))
        self.assertEqual([a.tolist() for a in lathe.nonzero(x > 1)], [[3, 4]])
        self.assertEqual((int(x.argmax()), x.cumsum().tolist()[-1]), (4, 5))

    def test_indexing(self):
        x = lathe.arange(10)
        self.assertEqual(x[2:8:3].tolist(), [2, 5])
        self.assertEqual(x[-1].item(), 9)
        self.assertEqual(x[[1, 3]].tolist(), [1, 3])
        self.assertEqual(x[x > 7].tolist(), [8, 9])
        x[x > 7] = 0
        x[[0, 1]] = -1
        x[2:4] = lathe.array([20, 30])
        self.assertEqual(x.tolist(), [-1, -1, 20, 30, 4, 5, 6, 7, 0, 0])
        self.assertEqual(x[None, ..., 1:3].shape, (1, 2))
        with self.assertRaises(IndexError):
            x[10]
        self.assertEqual([v.item() for v in lathe.arange(3)], [0, 1, 2])

    def test_text(self):
        self.assertEqual(repr(lathe.ones(2)), "array([1., 1.])")
        self.assertEqual(f"{lathe.ones(2).sum():.2f}", "2.00")
        with self.assertRaises(ValueError):
            bool(lathe.ones(2))

    def test_random(self):
        self.assertEqual(lathe.default_rng(42).standard_normal(3).tolist(),
                         [0.30471707975443135, -1.0399841062404955, 0.7504511958064572])
        self.assertEqual(lathe.default_rng(0).integers(10, size=3).shape, (3,))


@lathe.jit
def smallest(x, limit):
    for k in range(len(x)):
        if x[k] > limit:
            return k, x[k]
    raise ValueError("nothing is large enough")


class Scripts(unittest.TestCase):
    def test_jit(self):
        self.assertEqual(smallest(lathe.arange(100, dtype="float64"), 41.5), (42, 42.0))
        with self.assertRaisesRegex(ValueError, "nothing is large enough"):
            smallest(lathe.zeros(3), 1)

    def test_program(self):
        program = lathe.Program("def twice(x): return x * 2\n")
        self.assertEqual(program.call("twice", [1, 2]).tolist(), [2, 4])
        program["k"] = 5
        program.run("m = twice(k)")
        self.assertEqual(int(program["m"]), 10)
        with self.assertRaises(NameError):
            program["nothing"]
        with self.assertRaises(ZeroDivisionError) as caught:
            program.run("\n1 / 0", "here")
        self.assertIn('File "here", line 2', caught.exception.lathe_traceback)


class Engine(unittest.TestCase):
    def test_counters(self):
        before = lathe.counters()["elements"]
        (lathe.ones(1000) * 2).eval()
        self.assertGreater(lathe.counters()["elements"], before)
        with self.assertRaises(ValueError):
            lathe.configure(jit="sometimes")


@unittest.skipUnless(numpy, "NumPy is not here")
class WithNumpy(unittest.TestCase):
    def test_both_ways_share_memory(self):
        host = numpy.arange(6.0).reshape(2, 3)
        x = lathe.asarray(host.T)
        self.assertEqual(x.strides, host.T.strides)
        x[0, 1] = 99
        self.assertEqual(host[1, 0], 99)
        self.assertTrue(numpy.shares_memory(numpy.asarray(x), host))
        result = numpy.asarray(x * 2)
        self.assertTrue((result == host.T * 2).all())
        self.assertFalse(numpy.asarray(lathe.broadcast_to(lathe.ones(1), 3)).flags.writeable)


if __name__ == "__main__":
    unittest.main()
