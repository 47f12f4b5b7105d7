# Elementary functions to ten digits, special values included.
import numpy as np

np.seterr(all="ignore")


def show(name, values):
    print(name, " ".join(f"{v:.10g}" for v in np.asarray(values, dtype=float).ravel().tolist()))


x = np.array([-2.5, -1.0, -0.3, 0.0, 0.2, 0.7, 1.0, 1.9, 3.0, 10.5])
special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 1e-300, 1e300])
for name, f in [("exp", np.exp), ("sin", np.sin), ("cos", np.cos), ("tan", np.tan), ("tanh", np.tanh), ("sinh", np.sinh),
                ("cosh", np.cosh), ("arctan", np.arctan), ("expm1", np.expm1), ("exp2", np.exp2), ("cbrt", np.cbrt),
                ("arcsinh", np.arcsinh), ("square", np.square), ("abs", np.abs), ("negative", np.negative)]:
    show(name, f(x))
    show(name + " special", f(special))
positive = np.abs(x) + 0.1
for name, f in [("log", np.log), ("log2", np.log2), ("log10", np.log10), ("log1p", np.log1p), ("sqrt", np.sqrt),
                ("reciprocal", np.reciprocal)]:
    show(name, f(positive))
    show(name + " special", f(special))
unit = np.linspace(-1, 1, 9)
show("arcsin", np.arcsin(unit))
show("arccos", np.arccos(unit))
show("arctanh", np.arctanh(unit[1:-1]))
show("arccosh", np.arccosh(positive + 1))
show("arctan2", np.arctan2(x, x[::-1]))
show("hypot", np.hypot(x, 2.0))
show("power", np.power(positive, x))
show("power int", x**3)
show("power special", special[:, None] ** np.array([0.0, 0.5, 2.0, -1.0, np.inf, np.nan]))
show("power negative", np.array([-2.0, -8.0]) ** np.array([3.0, 1 / 3]))
show("radians", np.radians(np.array([0, 90, 180.0])))
show("degrees", np.degrees(np.array([0, np.pi / 2, np.pi])))
show("large", np.sin(np.array([1e3, 1e6, 1e15, 1e22])))
show("large", np.cos(np.array([1e3, 1e6, 1e15, 1e22])))
show("exp ends", np.exp(np.array([-745.2, -745.0, -708.4, 709.7, 709.8])))
show("ints", np.exp(np.arange(4)))
show("chain", np.log(np.exp(x) + 1) * np.cos(x) - np.sqrt(positive) / np.tanh(positive))
for f in [np.exp, np.log, np.sin, np.sqrt, np.tanh]:
    single = f(np.array([0.1, 0.5, 1.5, 2.5], dtype=np.float32))
    print(single.dtype, " ".join(f"{v:.5g}" for v in single.tolist()))
print(f"{np.exp(1.0):.12g} {np.log(2.0):.12g} {np.sin(0.5):.12g} {np.sqrt(2.0):.12g} {np.power(2.0, 0.5):.12g} {np.pi:.15g} {np.e:.15g}")
