# .npy and .npz: save and load of all dtypes, shapes and layouts; the folder is the first argument.
import sys

import numpy as np

folder = sys.argv[1] + "/"
for name in ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]:
    a = (np.arange(6) % 3).astype(name).reshape(2, 3)
    np.save(folder + name + ".npy", a)
    b = np.load(folder + name + ".npy")
    print(name, b.dtype, b.shape, np.array_equal(a, b), b)
for k, a in enumerate([np.array(5.5), np.array([]), np.zeros((0, 3)), np.arange(24).reshape(2, 3, 4), np.arange(12).reshape(3, 4).T,
                       np.arange(10)[::2], np.arange(10)[::-1], np.array([np.nan, np.inf, -0.0])]):
    path = f"{folder}case{k}.npy"
    np.save(path, a)
    b = np.load(path)
    print(k, b.dtype, b.shape, b)
np.save(folder + "without", np.arange(3))
print(np.load(folder + "without.npy"))
with open(folder + "int64.npy", "rb") as f:
    print(len(f.read()))
np.savez(folder + "several.npz", first=np.arange(4), second=np.eye(2))
z = np.load(folder + "several.npz")
print(sorted(z.files), z["first"], z["second"])
np.savez(folder + "plain.npz", np.arange(2), np.ones(1))
print(np.load(folder + "plain.npz")["arr_0"], np.load(folder + "plain.npz")["arr_1"])
np.savez_compressed(folder + "packed.npz", x=np.zeros(1000), y=np.arange(5))
p = np.load(folder + "packed.npz")
print(p["x"].sum(), p["y"], len(p.files))
try:
    np.load(folder + "absent.npy")
except FileNotFoundError as error:
    print("FileNotFoundError", "absent.npy" in str(error))
x = np.linspace(0, 1, 1000)
np.save(folder + "x.npy", np.sqrt(x) * 2)
y = np.load(folder + "x.npy")
y[0] = 7
print(y[:3], np.array_equal(y[1:], np.sqrt(x)[1:] * 2), y.sum() > 0)
