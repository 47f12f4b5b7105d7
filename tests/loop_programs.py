"""Random loop programs, which must do the same in every JIT mode.

    tests/loop_programs.py LATHE [--count N] [--first SEED] [--jobs J] [--modes off,on,force,stress,choices]

Each seed is a short NumPy script full of what a tracing JIT gets wrong: types that change mid-loop, branches that
flip, errors at some iteration, views that alias, arrays that are rebound. The first mode is the reference: the others
must print the same, to both streams, and end with the same status. Twenty programs share one process; when
they differ, each runs alone, as a function and at module level, and is shrunk to the fewest statements that still
differ. The last line counts programs.
"""

import argparse
import ast
import concurrent.futures
import copy
import difflib
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

BATCH = 20  # programs of one process
TIMEOUT = 60  # seconds for one process: machines are busy

PRELUDE = """import math
import numpy as np


def show(name, value):
    if isinstance(value, np.ndarray):
        print(name, value.dtype, value.shape, value.tolist())
    else:
        print(name, type(value).__name__, repr(value))


"""

FLOATS = ["0.5", "1.5", "-2.25", "0.1", "3.0", "1e-3", "-1.0", "1e10", "0.0", "2.0"]
INTS = ["0", "1", "2", "3", "5", "7", "-1", "-2", "-3", "10", "63", "1000003"]
ARRAYS = {  # name: (expression, dtype kind, dimensions); N is the length
    "a": ("np.arange({n}) * 0.5", "f", 1), "b": ("np.linspace(-1.0, 2.0, {n})", "f", 1),
    "c": ("np.zeros({n})", "f", 1), "k": ("np.arange({n})", "i", 1),
    "j": ("np.arange({n}, dtype=np.int32) - 3", "i", 1), "h": ("np.ones({n}, dtype=np.float32)", "f", 1),
    "e": ("np.arange({n}, dtype=np.uint8) * 20", "i", 1), "o": ("np.arange({n}) % 3 == 0", "b", 1),
    "m": ("np.arange({n} * {n}).reshape({n}, {n}) * 0.25", "f", 2), "p": ("np.eye({n})", "f", 2),
    "l": ("np.arange({n} * {n}).reshape({n}, {n})", "i", 2)}


class Program:
    """Writes one program: `self.functions` go before it, `self.lines` are its body."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        rng = self.rng
        self.n = rng.choice([2, 3, 4, 5, 8, 8, 12, 12, 16, 40, 75, 200])
        self.tag = f"_{seed}"
        self.functions = []
        self.lines = []
        self.counter = 0
        self.budget = rng.randint(6, 30)  # statements
        self.numbers = rng.sample(["x", "y", "z", "w"], rng.randint(2, 4))
        focus = rng.random()
        self.arrays = rng.sample(sorted(ARRAYS), rng.randint(0 if focus < 0.3 else 1, 2 if focus < 0.3 else 5))
        self.vectors = [name for name in self.arrays if ARRAYS[name][2] == 1]
        self.matrices = [name for name in self.arrays if ARRAYS[name][2] == 2]
        self.views = []
        self.use = {name: rng.random() < 0.35 for name in
                    ("list", "nested", "dict", "string", "tuple", "typed", "late", "globals", "print", "call",
                     "try", "rebind", "scalars", "objects", "instances", "narrow", "stars", "bodies", "made", "tables")}
        self.risk = rng.choice([0.0, 0.0, 0.02, 0.05, 0.15])  # chance that an expression may well raise
        self.callables = []  # (name, number of required arguments, keywords)
        self.specials = []  # special methods of the class
        self.generators = []
        self.loop_variables = []
        self.in_loop = 0
        self.in_try = 0
        self.write()

    # ---- helpers
    def fresh(self, letter):
        self.counter += 1
        return f"{letter}{self.counter}"

    def chance(self, probability):
        return self.rng.random() < probability

    def pick(self, *options):
        return self.rng.choice(options)

    def emit(self, depth, line):
        self.lines.append("    " * depth + line)

    # ---- expressions
    def index(self, out=0.03):
        rng, n = self.rng, self.n
        if self.chance(out + self.risk / 4):
            return self.pick(str(n), str(-n - 1), f"{rng.choice(self.numbers)}", "t" if self.use["typed"] else str(n + 7))
        if self.loop_variables and self.chance(0.65):
            name = rng.choice(self.loop_variables)
            if self.chance(0.08):
                inside = name if self.chance(0.5) else f"{name} % {n}"
                return f"({inside} if {name} != {self.pick('-1', '-2', '-7', str(n + 5))} else {self.pick('0', '-1', '0.5')})"
            return self.pick(f"{name} % {n}", f"{name} % {n}", f"{name} % {n}", f"-1 - {name} % {n}", f"({name} * 3 + 1) % {n}",
                             f"{name} % {n} - 1", f"{name} & 1", name if self.chance(0.3) else f"{name} % {n}")
        return self.pick("0", "-1", "1", str(n - 1), str(rng.randrange(n)), f"-{n}", f"int({self.rng.choice(self.numbers)}) % {n}")

    def element(self):
        pool = self.vectors + self.matrices + self.views
        if not pool:
            return self.rng.choice(self.numbers)
        name = self.rng.choice(pool)
        if name in self.matrices:
            return self.pick(f"{name}[{self.index()}, {self.index()}]", f"{name}[{self.index()}][{self.index()}]")
        return f"{name}[{self.index()}]"

    def atom(self):
        rng = self.rng
        choice = rng.random()
        if choice < 0.34:
            return rng.choice(self.numbers)
        if choice < 0.52 and self.loop_variables:
            return rng.choice(self.loop_variables)
        if choice < 0.68:
            return self.element()
        if choice < 0.72 and self.use["list"]:
            return f"items[{self.pick('0', '-1', f'{rng.choice(self.numbers)} % len(items)', '1')}]" if self.chance(
                0.7) else "len(items)"
        if choice < 0.75 and self.use["nested"]:
            return f"rows[{self.pick('0', '1', '-1')}][{self.pick('0', '2', '-1', '1')}]"
        if choice < 0.78 and self.use["globals"]:
            return f"G{self.tag}"
        if choice < 0.80 and self.use["tuple"]:
            return f"pair[{self.pick('0', '1', '-1')}]"
        if choice < 0.82 and self.use["dict"]:
            return f"counts.get({self.pick('0', '1', rng.choice(self.numbers))}, {rng.choice(INTS)})"
        if choice < 0.84 and self.use["late"] and self.in_loop and self.chance(0.5):
            return "late"
        if choice < 0.87 and self.use["scalars"]:
            return self.pick("np.float64(1.5)", "np.int64(3)", "np.float32(0.1)", "np.int32(7)", "np.uint8(200)", "True")
        return rng.choice(INTS) if self.chance(0.5) else rng.choice(FLOATS)

    def expression(self, depth=2):
        rng = self.rng
        if depth <= 0 or self.chance(0.15):
            return self.atom()
        choice = rng.random()
        if choice < 0.46:
            operator = rng.choice(["+", "+", "-", "-", "*", "*"])
            return f"({self.expression(depth - 1)} {operator} {self.expression(depth - 1)})"
        if choice < 0.56:
            operator = rng.choice(["/", "//", "%", "%", "//"])
            right = rng.choice(["2", "3", "7", "-3", "0.5", "-2", "4.0", "-1", "10"]) if self.chance(0.85) else self.atom()
            if operator in ("//", "%") and self.chance(0.15):
                return f"divmod({self.expression(depth - 1)}, {right})[{self.pick('0', '1')}]"
            return f"({self.expression(depth - 1)} {operator} {right})"
        if choice < 0.60:
            operator = rng.choice(["&", "|", "^", ">>", "<<"])
            left = self.loop_variables[-1] if self.loop_variables and self.chance(0.8) else self.atom()
            right = self.pick("1", "2", "3", "5") if operator in ("<<", ">>") or self.chance(0.5) else self.atom()
            if self.loop_variables and self.chance(0.3):
                right = f"({self.loop_variables[-1]} {self.pick('% 7', '% 40', '& 3', '', '- 2' if self.chance(self.risk) else '% 65')})"
            return f"({left} {operator} {right})"
        if choice < 0.64:
            return self.pick(f"{self.atom()} ** 2", f"{self.pick('2', '0.5', '3', '-2')} ** ({self.atom()} % 5)",
                             f"abs({self.atom()}) ** 0.5", f"{self.atom()} ** -1" if self.chance(self.risk) else f"{self.atom()} ** 3",
                             f"{self.pick('(-1)', '2', '(-3)', self.atom())} ** ({self.index(0)} % {self.pick('3', '9', '20')})",
                             f"{self.pick('2', '(-2)', '0.5')} ** -({self.index(0)} % 5)", f"({self.atom()} % 4) ** {self.pick('0', '5', '12', '40')}")
        if choice < 0.66 and self.use["narrow"]:
            return self.narrow(depth)
        if choice < 0.70:
            return f"({self.expression(depth - 1)} if {self.condition()} else {self.expression(depth - 1)})"
        if choice < 0.74:
            return f"({self.atom()} {self.pick('and', 'or')} {self.atom()})"
        if choice < 0.84:
            name = rng.choice(["min", "max", "abs", "float", "int", "round", "bool", "sum"])
            inner = self.expression(depth - 1)
            if name in ("min", "max"):
                return f"{name}({inner}, {self.atom()})" if self.chance(0.8) else f"{name}({inner}, {self.atom()}, 2)"
            if name == "sum":
                return f"sum(({inner}, {self.atom()}))"
            if name == "round":
                return f"round({inner}, {self.pick('1', '2', '0')})" if self.chance(0.4) else f"round({inner})"
            return f"{name}({inner})"
        if choice < 0.89:
            inner = self.expression(depth - 1)
            return self.pick(f"math.sin({inner})", f"math.cos({inner})", f"math.sqrt(abs({inner}))", f"math.floor({inner})",
                             f"math.exp(-abs({inner}))", f"math.hypot({inner}, 2)", f"math.ceil({inner})",
                             f"np.sin({inner})", f"np.sqrt(abs({inner}))", f"math.atan2({inner}, 3)", f"math.fabs({inner})",
                             f"np.float64({inner})", f"math.log(abs({inner}) + 1)", f"-{self.atom()}", f"~{self.index(0)}",
                             f"math.sqrt({inner})" if self.chance(self.risk) else f"np.exp(-abs({inner}))", f"np.abs({inner})",
                             f"math.gcd({self.index(0)}, 6)", f"math.isnan({inner})")
        if choice < 0.96 and self.callables:
            return self.call(depth)
        if choice < 0.98:
            name = self.fresh("q")
            saved = list(self.loop_variables)
            self.loop_variables.append(name)
            source = self.pick(f"range({self.pick('3', '9', '60')})", "(1, 2.5, 3)", "items" if self.use["list"] else "range(4)",
                               self.rng.choice(self.vectors) if self.vectors else "(0, 1)")
            body = self.pick(self.atom(), f"({name} * 0.5 + {self.rng.choice(self.numbers)}) % 11", f"{name} % 3")
            test = self.pick("", "", f" if {name} > 1", f" if {self.atom()}")
            self.loop_variables = saved
            function = self.pick("sum", "sum", "max", "min", "any", "all", "len(list", "sum(sorted")
            return f"{function}({body} for {name} in {source}{test}){')' if '(' in function else ''}"
        return self.atom() if not self.chance(self.risk) else f"({self.atom()} // {self.atom()})"

    def narrow(self, depth):
        """Scalars of NumPy's types with each other and with Python's numbers."""
        rng = self.rng
        names = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "bool_"]

        def scalar():
            if self.loop_variables and self.chance(0.7):
                value = f"{rng.choice(self.loop_variables)} % {self.pick('2', '7', '100', '120')}"
            else:
                value = self.pick("1", "0", "3", "100", self.atom() if self.chance(self.risk) else "7")
            return f"np.{rng.choice(names)}({value})"

        left = scalar() if self.chance(0.7) else self.element()
        right = self.pick(scalar(), self.element(), rng.choice(INTS), rng.choice(FLOATS), "True", "200", self.index(0))
        if self.chance(0.3):
            left, right = right, left
        choice = rng.random()
        if choice < 0.6:
            operator = rng.choice(["+", "-", "*", "//", "%", "/", "&", "|", "^", "<<", ">>", "+", "*", "**"])
            if operator == "**":
                right = self.pick("2", "0", "3", "np.uint8(2)", "0.5", "True")
            return f"({left} {operator} {right})"
        if choice < 0.8:
            return f"({left} {self.pick('<', '<=', '==', '!=', '>', '>=')} {right})"
        if choice < 0.9:
            return self.pick(f"int({left})", f"float({left})", f"np.{rng.choice(names)}({left})", f"abs({left})", f"~{scalar()}",
                             f"-{scalar()}", f"round({left})", f"bool({left})", f"min({left}, {right})", f"max({left}, {right}, 1)")
        return self.pick(f"np.maximum({left}, {right})", f"np.add({left}, {right})", f"np.abs({left})", f"np.sqrt(np.abs({left}))",
                         f"np.minimum({left}, {right})", f"np.multiply({left}, {right})", f"np.floor({left})", f"np.square({left})",
                         f"np.less({left}, {right})", f"{scalar()}.item()", f"{scalar()}.astype(np.{rng.choice(names)})",
                         f"np.sin({left})", f"np.bitwise_and(np.uint8(6), {self.index(0)} & 3)", f"np.sign({left})")

    def call(self, depth=1):
        name, required, keyword = self.rng.choice(self.callables)
        arguments = [self.expression(depth - 1) for _ in range(required)]
        if self.use["stars"] and self.chance(0.5):
            source = self.pick(f"({', '.join(arguments)},)", f"[{', '.join(arguments)}]", f"({', '.join(arguments)},)")
            if required == 2:
                source = self.pick(source, "pair" if self.use["tuple"] else source, "items" if self.use["list"] else source,
                                   f"{rng_vector}[:2]" if (rng_vector := next(iter(self.vectors), None)) else source)
            named = f", **{{'{keyword}': {self.atom()}}}" if keyword and self.chance(0.4) else ""
            return f"{name}(*{source}{named})"
        if keyword and self.chance(0.5):
            arguments.append(f"{keyword}={self.atom()}" if self.chance(0.6) else self.atom())
        return f"{name}({', '.join(arguments)})"

    def condition(self):
        rng = self.rng
        variable = rng.choice(self.loop_variables) if self.loop_variables else rng.choice(self.numbers)
        choice = rng.random()
        if choice < 0.25:
            return f"{variable} % {rng.choice([2, 3, 5, 7, 11])} {self.pick('==', '<', '!=')} {rng.choice([0, 1, 2])}"
        if choice < 0.45:
            return f"{variable} {self.pick('<', '>', '<=', '>=', '==', '!=')} {rng.choice([-1, -3, 1, 2, 5, 30, 61, 70, 90, 300])}"
        if choice < 0.65:
            return f"{self.atom()} {self.pick('<', '>', '<=', '>=', '==', '!=')} {self.expression(1)}"
        if choice < 0.73:
            return f"{self.atom()} {self.pick('<', '<=')} {self.atom()} {self.pick('<', '<=', '!=')} {self.atom()}"
        if choice < 0.80:
            return f"not {self.atom()}"
        if choice < 0.86:
            return f"({self.condition()} {self.pick('and', 'or')} {self.condition()})"
        if choice < 0.90 and self.use["typed"]:
            return self.pick("t is None", "t == 1", "isinstance(t, float)", "isinstance(t, int)", "t", "not t", 't == "s"')
        if choice < 0.93 and self.use["dict"]:
            return f"{self.atom()} in counts"
        if choice < 0.95 and self.use["list"]:
            return f"{self.atom()} in items"
        return self.atom()

    def bounded(self, expression):
        """Mostly keeps a number from growing, so that the loop lives long."""
        choice = self.rng.random()
        if choice < 0.45:
            return f"{expression} % {self.pick('1009', '17', '97.5', '64', '-13', '255')}"
        if choice < 0.7:
            return f"({expression}) * 0.5"
        return expression

    # ---- statements
    def assign_number(self, depth):
        name = self.rng.choice(self.numbers)
        if self.chance(0.4):
            operator = self.rng.choice(["+=", "-=", "+=", "*=", "//=", "%=", "/="])
            right = self.expression(1) if operator in ("+=", "-=") else self.pick("2", "3", "0.5", "7", "-1", "-3")
            if operator == "*=":
                right = self.pick("0.5", "-1", "2", "0.99", "1.5")
            self.emit(depth, f"{name} {operator} {right}")
        elif self.chance(0.12):
            other = self.rng.choice(self.numbers)
            total = self.bounded(f"({name} + {other})")
            self.emit(depth, f"{name}, {other} = {self.pick(f'{other}, {name}', f'{other}, {total}')}")
        else:
            self.emit(depth, f"{name} = {self.bounded(self.expression(self.rng.randint(1, 3)))}")

    def store_element(self, depth):
        pool = self.vectors + self.views + self.matrices
        if not pool:
            return self.assign_number(depth)
        name = self.rng.choice(pool)
        place = (f"{name}[{self.index()}, {self.index()}]" if name in self.matrices and self.chance(0.8) else
                 f"{name}[{self.index()}]")
        choice = self.rng.random()
        if choice < 0.35:
            self.emit(depth, f"{place} {self.pick('+=', '-=', '*=', '+=')} {self.pick(self.atom(), '1', '2', '0.5')}")
        else:
            self.emit(depth, f"{place} = {self.bounded(self.expression(2))}")

    def whole_array(self, depth):
        rng = self.rng
        vectors, matrices, n = self.vectors, self.matrices, self.n
        if not vectors and not matrices:
            return self.assign_number(depth)
        number = rng.choice(self.numbers)
        if vectors:
            one, two, three = (rng.choice(vectors) for _ in range(3))
            top = rng.choice(self.loop_variables) + f" % {n}" if self.loop_variables else str(n // 2)
            options = [
                f"{one} = {two} * 0.5 + {three} * 0.25", f"{one} = {two} + {three}", f"{one} = {two} * {three} % 7",
                f"{one}[1:-1] = 0.5 * ({two}[:-2] + {two}[2:])", f"{number} = ({one}[:{top}] * {two}[:{top}]).sum()",
                f"{number} += ({one} * 0.5).sum()", f"{one} = np.where({two} > {three}, {one}, 0.5)",
                f"{one} = np.maximum({two}, {self.atom()})", f"{one}, {two} = {two}, {one}", f"{one}[:] = {two}[::-1]",
                f"{one} = -{two}", f"{number} = {one}.max()", f"{number} = np.dot({one}, {two})", f"{one} *= 0.5",
                f"{one} = np.sin({two})", f"{number} = {one}.sum() * 0.01", f"{one}[1:] = {two}[:-1]",
                f"{one}[:] = {self.atom()}", f"{one} += 1", f"{one}[{top}:] = 1", f"{number} = {one}[{top}:].mean()",
                f"{number} = len({one})", f"{number} = {one}.argmax()", f"{number} = {one}.size", f"{number} = {one}.shape[0]",
                f"{one} = {two} > {self.atom()}", f"{one} = abs({two} - {self.atom()})", f"{one}[::2] = {two}[::2] * 0.5",
                f"{one} = {two}.copy()", f"{number} = {one}[{two} > 1].sum()", f"{one} = np.cumsum({two}) % 11",
                f"{one} = {two}[::-1]", f"{one} = {two}", f"{number} = ({one} < {two}).sum()", f"{one} = np.roll({two}, 1)"]
            if matrices:
                matrix = rng.choice(matrices)
                options += [f"{one} = {matrix}.sum(axis=0)", f"{one} = {matrix} @ {two} % 10", f"{matrix}[{self.index()}] = {one}",
                            f"{one} = {matrix}[{self.index()}]", f"{one} = {matrix}[:, {self.index()}]",
                            f"{matrix}[:, {self.index()}] = {one}", f"{one} = {matrix}.max(axis=1)", f"{matrix} = {matrix} * 0.5 + {one}"] * 2
        else:
            options = []
        if matrices:
            one, two = rng.choice(matrices), rng.choice(matrices)
            top = rng.choice(self.loop_variables) + f" % {n}" if self.loop_variables else str(n // 2)
            options += [f"{one} = {two} * 0.5", f"{number} = {one}[{self.index()}, :{top}] @ {two}[{self.index()}, :{top}]",
                        f"{one} = {two}.T * 0.5", f"{one} = {two}.T", f"{one}[1:-1, 1:-1] = 0.25 * ({two}[:-2, 1:-1] + {two}[2:, 1:-1])",
                        f"{one}, {two} = {two}, {one}", f"{number} = {one}.sum()", f"{one}[{self.index()}] *= 0.5",
                        f"{one}[{self.index()}], {number} = {number}, {one}[{self.index()}, {self.index()}]",
                        f"{number} = {one}[:{top}, :{top}].sum()", f"{one} = {one} @ {two} % 5", f"{number} = {one}.trace()",
                        f"{one}[{self.index()}, :] = {two}[:, {self.index()}]"]
        self.emit(depth, rng.choice(options))

    def objects(self, depth):
        """What a loop trace leaves to functions of the VM: masks, index arrays, keywords, pop, containers, random numbers."""
        rng, n = self.rng, self.n
        number, other = rng.choice(self.numbers), rng.choice(self.numbers)
        atom = self.atom()
        options = [
            f"{number} = sum({{k % 5 for k in range(int({other}) % 9)}}) % 100", f"{number} = len({{k: {atom} for k in range(4)}})",
            f"{number} = [{atom}, 2, 0.5].pop({self.pick('', '0', '-1', '7' if self.chance(self.risk) else '1')})",
            f"{number} = {{1: {atom}, 2: 3}}.pop({self.pick('1', '2', '3, 0.5', '3' if self.chance(self.risk) else '1')})",
            f"{number} = sum(x for x in (1, 2.5, {atom}))", f"{number} = max([{atom}, {other}], default=3)",
            f"{number} = sorted((3, {atom}, 1), reverse=True)[0]", f"{number} = (lambda q: q * 0.5)({atom})",
            f'{number} = "abcab".find("{self.pick("b", "ca", "z")}") + len("x,y,z".split(sep=","))',
            f"{number} = round(float(r.random()), 3)", f"{number} = int(r.integers(0, {self.pick('5', '100')}))",
            f"{number} = round(float(r.normal(size={self.pick('3', '1', '7')}).sum()), 3)", "r.shuffle(deck)",
            f"{number} = deck.pop() if len(deck) > 1 else 0", f"deck.append({atom})", f"deck[len(deck) // 2:] = [{atom}, 4]",
            f"deck += [{atom}]", "del deck[0]" if self.chance(self.risk * 2) else "del deck[1:-3]", "deck.sort()" if self.chance(0.3) else
            "deck.reverse()", f"{number} = deck[-1]", f"bag.add({self.pick(str(rng.randrange(9)), atom)})", f"{number} = len(bag)",
            f"bag.discard({rng.randrange(9)})", f"bag |= {{{rng.randrange(20)}}}", f"first, *rest = ({atom}, 2, 3)",
            f"first, *rest, {number} = {self.pick('deck', f'(1, *deck, {atom})', f'range({rng.randrange(1, 5)})', '[3, 0.5, 2, 1]')}",
            f"{number}, {other} = {self.pick(f'({atom}, 1)', '[1, 0.5]', 'deck[:2]', 'range(2)', '{3: 1, 4: 2}', 'np.arange(2) * 0.5')}",
            f"{number} = max(*deck, {atom}) + len((*deck, 2)) + len([*deck])", f"{number} = sum({{**{{1: {atom}}}, 2: 0.5}}.values())",
            f"{number} = len(range(*({rng.randrange(3)}, {rng.randrange(3, 9)}, 2))) + round(*({atom}, 1))",
            f"{number} = {number} if deck else 1", f"{number} = np.zeros({self.pick('3', '(2, 2)')}).sum() + np.arange(4)[2]"]
        if self.vectors:
            one, two, three = (rng.choice(self.vectors) for _ in range(3))
            index = self.pick("[0, -1, 1]", "np.array([1, 0, 1])", f"np.arange({n}) % 2", f"np.array([{self.index()}, 0])", "[True, False]"
                              if self.chance(self.risk) else "[0]", f"np.flatnonzero({two} > 1)", f"np.argsort({two})")
            mask = self.pick(f"{two} > {atom}", f"{two} == {three}", f"np.isfinite({two})", f"({two} > 0) & ({three} < 2)", f"~({two} > 1)")
            options += [
                f"{one}[{mask}] = {self.pick(atom, '0.5', '1')}", f"{one}[{mask}] *= {self.pick('0.5', '2', '-1')}",
                f"{number} = {one}[{mask}].sum()", f"{one}[{index}] = {self.pick(atom, '2')}", f"{one}[{index}] += {self.pick('1', '0.5', '2')}",
                f"{number} = {one}[{index}].sum()", f"{number} = {one}[{index}][0]", f"{number} = {one}.sum(axis=0)",
                f"{number} = {one}.max(keepdims=True)[0]", f"{one} = np.sort({two})", f"{one}.sort()", f"{one} = {two}[{index}][:1] + {three}",
                f"np.add({one}, {two}, out={one})", f"{number} = np.median({one})", f"{one} = np.concatenate(({two}[:1], {two}[1:]))",
                f"{one}[::{self.pick('-1', '2', str(rng.choice([1, 2])))}] = {atom}", f"{one}[...] = {two}", f"{number} = {one}.reshape(-1, 1)[0, 0]",
                f"v0 = {one}.reshape(1, -1)\n" + "    " * depth + f"v0[0, {self.index()}] = {atom}", f"{number} = {one}.tolist()[{self.index()}]",
                f"{number} = float({one}.mean(dtype=np.float64)) if {one}.dtype != bool else 1", f"{number} = {one}.dtype.itemsize",
                f"items2 = [{one}, {two}]\n" + "    " * depth + f"items2[{self.pick('0', '1', '-1')}][{self.index()}] = {atom}\n" + "    " * depth +
                f"{number} = {two}[{self.index()}]", f"{one} //= {self.pick('2', '3')}", f"{number} = {one}.cumsum()[-1]"]
        if self.matrices:
            matrix = rng.choice(self.matrices)
            options += [f"{number} = {matrix}.sum(axis={self.pick('0', '1', '-1')})[{self.index()}]", f"{matrix}[{matrix} > {atom}] = 1",
                        f"{matrix}[[0, -1]] = {matrix}[[-1, 0]]", f"{number} = {matrix}[:, [0, 1]].sum()", f"{number} = {matrix}[..., 0].sum()",
                        f"{matrix}[[0, 1], [1, 0]] += 1", f"{number} = {matrix}.mean(axis=0, keepdims=True)[0, {self.index()}]"] * 2
        self.emit(depth, rng.choice(options))

    def tables(self, depth):
        """What a loop trace searches and changes directly: dicts, sets, lists of objects, strings, and iterators over them."""
        rng = self.rng
        number, other = rng.choice(self.numbers), rng.choice(self.numbers)
        small = f"int({other}) % {self.pick('3', '5', '40')}"
        loop = rng.choice(self.loop_variables) if self.loop_variables else "1"
        key = self.pick(small, small, f"words[{small} % 4]", f"words[{small} % 4]", loop, self.atom(), "label", "label[-1:]", "True", "1.0",
                        "None", f"({small}, {self.pick('1', 'label', loop, '0.5', 'True')})", f"({small}, 1, 2)", "(1, (2, label))",
                        f"KEYS{self.tag}[{small} % 3]", "deep[0]" if self.chance(self.risk) else "deep", 'float("inf")', "2 ** 40",
                        f"({self.atom()}, {small})")
        value = self.pick(self.atom(), self.atom(), "label", "[1, 2]", f"({self.atom()}, label)", "None", "nest", "deep", f"stock.get({small})")
        part = self.pick("0", "-1", "1", small, f"-{small}", f"len(label) - {small}")
        inner = self.fresh("q")
        options = [
            f"stock[{key}] = {value}", f"stock[{key}] = {self.atom()}", f"stock[{key}] = stock.get({key}, 0) if {number} else {self.atom()}",
            f"tally[{small}] = tally.get({small}, 0) + {self.pick('1', '0.5', self.atom())}", f"tally[{small} % 3] += 1",
            f"tally[words[{small} % 4]] += {self.pick('1', '0.5')}", f"{number} = tally[{small} % 3]", f"{number} = ({key}) in stock",
            f"{number} = ({key}) not in seen", f"if ({key}) in stock:\n" + "    " * (depth + 1) + f"stock[{key}] = {value}",
            f"if ({key}) not in seen:\n" + "    " * (depth + 1) + f"seen.add({key})", f"seen.add({key})", f"seen.discard({key})",
            f"stock.pop({key}, None)", f"{number} = len(stock) + len(seen) + len(label)", f"nest.setdefault({small}, []).append({value})",
            f"nest[{small} % 2] = nest.get({small} % 2, [])\n" + "    " * depth + f"nest[{small} % 2].append({self.atom()})",
            f"shelf.append({value})", f"shelf.append({value})", f"shelf[{self.pick('0', '-1', '1')}] = {value}", "shelf[0], shelf[-1] = shelf[-1], shelf[0]",
            f"{inner} = shelf.pop({self.pick('', '0', '-1', '1')}) if len(shelf) > 3 else label\n" + "    " * depth + f"shelf.append({inner})",
            "del shelf[:-6]", "stock.clear() if len(stock) > 50 else None", "seen.clear() if len(seen) > 50 else None",
            f"label += {self.pick('words[0]', 'str(' + small + ')', 'label[:1]', chr(34) + 'é' + chr(34) if self.chance(0.2) else chr(34) + 'z' + chr(34))}",
            f"label += {self.pick('label', 'words[1]')}\n" + "    " * depth + "label = label[-9:]", "former = label\n" + "    " * depth + "label += \"y\"",
            f"label = label[{part}:{self.pick('', part)}]", f"label = label[-7:] or \"w\"", f"{number} = label[{part}:] == words[{small} % 4]",
            f"{number} = words[{small} % 4] {self.pick('<', '==', '!=', '>=')} label", f"{number} = words[{small} % 4] in label",
            f"label = label[{self.pick('0', '-1', part if self.chance(self.risk) else '0')}] + words[{small} % 4] if label else \"v\"",
            f"for {inner} in label[:{small}]:\n" + "    " * (depth + 1) + f"tally[{inner}] = tally.get({inner}, 0) + 1",
            f"for {inner} in stock:\n" + "    " * (depth + 1) + self.pick(f"{number} += 1", f"seen.add({inner})", f"stock[{inner}] = {self.atom()}",
                                                                       "stock[len(stock)] = 1" if self.chance(self.risk) else "pass"),
            f"for {inner}, {number} in {self.pick('tally', 'tally', 'nest')}.items():\n" + "    " * (depth + 1) +
            self.pick(f"seen.add({inner})", f"if {inner} == 1:\n" + "    " * (depth + 2) + "break", f"tally[{inner}] = {self.atom()}"),
            f"{number} = 0\n" + "    " * depth + f"for {inner} in tally.values():\n" + "    " * (depth + 1) + f"{number} += {inner}",
            f"for {inner} in seen:\n" + "    " * (depth + 1) + self.pick(f"{number} += 1", f"{number} = {inner} in stock"),
            f"stock.update({{{key}: {value}}})", f"seen.update(({small}, {key}))"]
        ends = self.pick(f"{part}:", f":{part}", f"{part}:{part}", "::-1", f"{part}::-1", "::2", ":", f"{part}:{small}:-2", ":1000000:3")
        few = self.pick("shelf[-7:]", f"shelf[{ends}]", f"[{value}, {self.atom()}]", "[]", f"[{value}] * ({small} % 4)", "shelf[1:3] + shelf[:1]")
        options += [
            f"shelf = {few} or [0, 1]", f"shelf = ({few} + [{value}])[-9:]", "shelf = shelf[::-1]", f"shelf[{ends}] = {few}",
            f"shelf[{self.pick('1:2', ':2', '-2:', '2:1', '1:1')}] = {few}\n" + "    " * depth + "del shelf[:-9]",
            f"shelf += {few}\n" + "    " * depth + "shelf = shelf[-9:]", f"shelf.extend({few})\n" + "    " * depth + "del shelf[9:]",
            f"{number} = len({few}) + len(shelf[{ends}])", f"{inner} = [{self.atom()}, [{value}], {small}]\n" + "    " * depth +
            f"{inner}[1].append({inner}[0])\n" + "    " * depth + f"{number} = len({inner}[1]) + {inner}[2]",
            f"for {inner} in reversed({self.pick('shelf', 'words', f'range({small})', 'range(9, -1, -1)', '(1, 2.5, label)')}):\n" +
            "    " * (depth + 1) + self.pick(f"{number} += 1", f"if {inner} == {self.atom()}:\n" + "    " * (depth + 2) + "break", f"former = str({inner})"),
            f"{number} = ({small}, {self.atom()}) {self.pick('<', '<=', '==', '!=', '>', '>=')} ({self.atom()}, {self.pick('1', '2.5', small)})",
            f"{number} = ({small}, words[{small} % 4]) {self.pick('<', '==', '>=', '!=')} ({self.pick('1', '2')}, {self.pick('label', 'words[0]')})",
            f"deep = {self.pick('max', 'min')}(({small}, {self.atom()}), ({self.atom()}, 1), {self.pick('(2,)', '(2, 0.5)', '(1, 1, 1)')})"]
        self.emit(depth, rng.choice(options))

    def instances(self, depth):
        """Objects of a class of the script, one of them in `thing`, a few in `things`."""
        rng, number, atom = self.rng, self.rng.choice(self.numbers), self.atom()
        thing = self.pick("thing", "thing", "things[-1]", "things[0]")
        pad = "    " * depth
        options = [
            f"{thing}.at = {self.bounded(self.expression(1))}", f"{thing}.at += {self.pick('1', '0.5', atom)}",
            f"{number} = {thing}.at", f"{number} = {thing}.speed * 0.5", f"{thing}.move({self.pick('0.5', '1', atom)})",
            f"{number} = {thing}.far({atom})", f"thing = Thing{self.tag}({atom}, {self.pick('1', '0.5', atom)})",
            f"thing = Thing{self.tag}({atom})", f"things.append(Thing{self.tag}({atom}, speed={self.pick('2', atom)}))",
            "things = things[-3:]", f"thing = {thing}", "things[0], things[-1] = things[-1], things[0]",
            f"for one in things:\n{pad}    one.move({self.pick('1', '0.25')})\n{pad}    {number} = one.at",
            f"{number} = sum([one.at for one in things][:2])", f"{thing}.marks.append({atom})",
            f"{number} = {thing}.marks.pop() if len({thing}.marks) > 1 else 2", f"{number} = len({thing}.marks)",
            f"{thing}.marks = [{atom}]", f"{thing}.next = things[{self.pick('0', '-1')}]", f"{number} = {thing}.next.at",
            f"thing = {thing}.next", f"{number} = {thing}.count", f"Thing{self.tag}.count = {self.pick('1', '2.5')}",
            f"{thing}.extra = {atom}", f"{number} = {thing}.extra" if self.chance(self.risk * 4) else f"{number} = {thing}.double",
            f"{thing}.double = {atom}", f"pairs.append(({atom}, {number}))", f"{number}, other = pairs.pop() if len(pairs) > 1 else pairs[0]",
            f"{number} = pairs[-1][{self.pick('0', '1')}]",
            f"things.append(Sub{self.tag}({atom}))", f"thing = Sub{self.tag}.made({atom})", f"{number} = {thing}.half({atom})",
            f"{number} = {self.pick('abs', 'helpers[0]', 'helpers[-1]', f'Sub{self.tag}.half', 'thing.far')}({atom})",
            f"{number} = helpers[int({number}) % len(helpers)]({atom})",
            f"{number} = (type({thing}) is Thing{self.tag}) + isinstance({thing}, Sub{self.tag})"]
        other = self.pick("thing", "things[0]", atom, number)
        offered = {
            "__add__": [f"thing = {thing} + {other}", f"{number} = ({thing} + {atom}).at", f"thing += {other}", f"thing = {atom} + {thing}"],
            "__mul__": [f"{number} = {thing} * {other}", f"{number} = {other} * {thing}"], "__neg__": [f"thing = -{thing}"],
            "__getitem__": [f"{number} = {thing}[{self.pick('0', '-1', '1')}]", f"{thing}[0] = {atom}", f"{thing}[0] += {atom}"],
            "__lt__": [f"{number} = {thing} < {other}", f"{number} = {other} > {thing}", f"{number} = min(thing.at, ({thing} <= {other}))"],
            "__eq__": [f"{number} = {thing} == {other}", f"{number} = {other} != {thing}"],
            "__contains__": [f"{number} = {atom} in {thing}", f"{number} = {atom} not in {thing}"],
            "__call__": [f"{number} = {thing}({atom})", f"{number} = {thing}(by={atom})"],
            "__iter__": [f"for one in {thing}:\n{pad}    {number} = one", f"{number} = len([one for one in {thing}][:3])",
                         f"for one, two in zip({thing}, range(2)):\n{pad}    {number} = one"]}
        for method in self.specials:
            options += offered[method] * 2
        self.emit(depth, rng.choice(options))

    def write_specials(self):
        """Special methods of the class of instances, with what they do if they do not like their operand."""
        other = self.pick("return NotImplemented", "return NotImplemented", "return 0.5", "return 1")
        wrong = [f"        if not isinstance(other, Thing{self.tag}):", f"            {other}"]
        texts = {
            "__add__": ["    def __add__(self, other):", *wrong, f"        return Thing{self.tag}(self.at + other.at, self.speed)",
                        *self.pick(["    def __radd__(self, other):", "        return self"], []),
                        *self.pick(["    def __iadd__(self, other):", *wrong, "        self.at += other.at", "        return self"], [])],
            "__mul__": ["    def __mul__(self, other):", *wrong, "        return self.at * other.at", "    def __rmul__(self, other):",
                        "        return self.at * 0.5"],
            "__neg__": ["    def __neg__(self):", f"        return Thing{self.tag}(-self.at)"],
            "__getitem__": ["    def __getitem__(self, k):", "        return self.marks[k]", "    def __setitem__(self, k, value):",
                            "        self.marks[k] = value"],
            "__lt__": ["    def __lt__(self, other):", *wrong, "        return self.at < other.at", "    def __gt__(self, other):",
                       "        return self.at > 3", "    def __le__(self, other):", "        return self.at if other else 0"],
            "__eq__": ["    def __eq__(self, other):", *wrong, "        return self.at == other.at"],
            "__contains__": ["    def __contains__(self, item):", f"        return {self.pick('self.at > item', 'item in self.marks', 'item')}"],
            "__call__": ["    def __call__(self, by=1):", "        self.at = self.at * 0.5", "        return self.at + by"],
            "__iter__": self.pick(["    def __iter__(self):", "        yield self.at", "        for mark in self.marks[:2]:", "            yield mark"],
                                  ["    def __iter__(self):", "        return iter(self.marks[:3])"])}
        self.specials = [name for name in texts if self.chance(0.3)]
        for name in self.specials:
            self.functions += texts[name]

    def write_class(self):
        body = self.pick("self.at = self.at + self.speed * by", "self.at += by", "if self.at > 50:\n            self.at = -self.at\n        self.at += by",
                         "self.at, self.speed = self.speed, self.at")
        self.functions += [
            f"class Thing{self.tag}:", "    count = 0", f"    def __init__(self, at, speed={self.pick('1', '0.5')}):",
            "        self.at = at", "        self.speed = speed", "        self.marks = [at]", "        self.next = self",
            "    def move(self, by):", f"        {body}", f"    def far(self, than{self.pick('', ', *more')}):",
            f"        return {self.pick('self.at > than', 'self.at - than', 'abs(self.at) if than else self.speed')}"]
        if self.chance(0.5):
            self.functions += ["    @property", "    def double(self):", "        return self.at * 2",
                               "    @double.setter", "    def double(self, value):", "        self.at = value"]
        else:
            self.functions += ["    double = 3"]
        self.functions += ["    @staticmethod", "    def half(x):", "        return x * 0.5", "    @classmethod",
                           "    def made(cls, at):", "        return cls(at)"]
        self.write_specials()
        self.functions += [
            f"class Sub{self.tag}(Thing{self.tag}):", "    def move(self, by):", f"        super().move({self.pick('by * 2', 'by', '1')})",
            *self.pick(["    def __init__(self, at):", "        super().__init__(at, 2)"], [])]

    def rebind(self, depth):
        name = self.rng.choice(self.arrays) if self.arrays else None
        if not name:
            return self.assign_number(depth)
        n = self.n
        one = [f"np.zeros({n})", f"np.ones({n + 1})", f"np.arange({n}, dtype=np.int32)", f"np.zeros(({n}, {n}))",
               f"{name}.astype(np.float32)", f"{name}.astype(np.int64)", f"[1.0] * {n}", "1.5", "None", f"{name}[:-1]",
               f"np.ones({n}, dtype=bool)", f"{name} * 1.0"]
        self.emit(depth, f"if {self.condition()}:")
        self.emit(depth + 1, f"{name} = {self.rng.choice(one)}")

    def typed(self, depth):
        value = self.pick("1", "2.5", "True", "None", '"s"', "np.float64(0.5)", "np.int64(4)", "(1, 2)", "np.float32(1.5)",
                          f"{self.rng.choice(self.numbers)}", "-7", "False", "0.0", "[1]")
        choice = self.rng.random()
        if choice < 0.5:
            self.emit(depth, f"if {self.condition()}:")
            self.emit(depth + 1, f"t = {value}")
        elif choice < 0.6:
            self.emit(depth, f"t = {value} if {self.condition()} else {self.pick('1', '2.0', 'False', 'None')}")
        elif choice < 0.7:
            self.emit(depth, "sink = t")
        elif self.chance(0.5):
            self.emit(depth, f"if isinstance(t, {self.pick('int', 'float', '(int, float)')}):")
            self.emit(depth + 1, self.pick("t = t + 1", "t = t * 0.5", "t += 0.25", "t = -t", f"{self.rng.choice(self.numbers)} = t"))
        else:
            self.emit(depth, self.pick("t = t + 1", "t = t - 0.5", "t *= 0.5", "t = -t", f"{self.rng.choice(self.numbers)} = t - 1"))

    def container(self, depth):
        rng = self.rng
        kinds = [kind for kind in ("list", "nested", "dict", "string", "tuple") if self.use[kind]]
        if not kinds:
            return self.assign_number(depth)
        kind = rng.choice(kinds)
        if kind == "list":
            where = self.pick("0", "-1", f"{rng.choice(self.numbers)} % len(items)", "1", "len(items) - 1")
            line = self.pick(f"items.append({self.expression(1)})", f"items[{where}] = {self.expression(1)}",
                             f"items[{where}] += {self.pick('1', '0.5', self.atom())}", "items = items[-9:]",
                             f"{rng.choice(self.numbers)} = items.pop()" if self.chance(0.4) else f"items.append({self.atom()})",
                             "items[0], items[-1] = items[-1], items[0]",
                             f"items = [{self.pick('u * 0.5', 'u', 'u + 1', f'u - {self.atom()}')} for u in items[-5:]]",
                             f"items = items[-5:]; items.extend([{self.atom()}, {self.atom()}])", "items.insert(0, items[-1])", "items.reverse()",
                             f"{rng.choice(self.numbers)} = len([u for u in items if u > {self.pick('1', '0', '2.5')}])",
                             "items.sort()" if self.chance(0.3) else "items = sorted(items)[-6:]", "del items[:-4]",
                             f"{rng.choice(self.numbers)} = sum(items) % 100" if self.chance(0.5) else f"items[0] = {self.atom()}")
        elif kind == "nested":
            line = (f"rows[{self.pick('0', '1', '-1')}][{self.pick('0', '1', '-1')}] {self.pick('=', '+=')} "
                    f"{self.pick('1', self.atom(), f'rows[0][1] * 0.5')}")
            if self.chance(0.3):
                line = self.pick(f"rows.append([{self.atom()}, 2, 3])", "rows = rows[-2:]", "rows[0], rows[1] = rows[1], rows[0]",
                                 f"rows[-1] = [{self.atom()}, {self.atom()}, 0.5]", "rows[0] = rows[1]")
        elif kind == "dict":
            key = self.pick(self.index(0), '"k"', f"{rng.choice(self.numbers)} % 5", "int(" + rng.choice(self.numbers) + ") % 7")
            line = self.pick(f"counts[{key}] = counts.get({key}, 0) + 1", f"counts[{key}] = {self.atom()}",
                             f"counts[{key}] += 1" if self.chance(self.risk * 4) else f"counts[{key}] = len(counts)",
                             f"counts.setdefault({key}, {self.atom()})", f"counts.pop({key}, None)",
                             f"counts[({key}, {self.index(0)})] = {self.atom()}", f"{rng.choice(self.numbers)} = sum(counts.values()) % 100"
                             if self.chance(0.3) else f"{rng.choice(self.numbers)} = {key} in counts")
        elif kind == "string":
            line = self.pick('word += "a"', 'word = word[-8:] + "b"', 'word += str(%s)' % (self.loop_variables or ["7"])[-1],
                             f"{rng.choice(self.numbers)} = len(word)", 'word = "x" + word[:5]',
                             'word = f"{%s}"' % self.atom(), f"{rng.choice(self.numbers)} = len(word) % 9",
                             'word = f"{%s:%s}|{word[:3]!r}"' % (rng.choice(self.numbers), self.pick('.3f', '8.2e', '>9', '.4g')),
                             'word = word[::-1].upper()', 'word = "-".join([word[:2], str(%s)])' % self.index(0),
                             'word = "%%s %%5.1f" %% (word[:2], %s)' % rng.choice(self.numbers), 'word = word.replace("a", "cd")[:9]',
                             f"{rng.choice(self.numbers)} = word.count(\"b\") + (\"c\" in word)")
        else:
            line = self.pick(f"pair = ({self.atom()}, {self.atom()})", "pair = (pair[1], pair[0])",
                             f"{rng.choice(self.numbers)}, {rng.choice(self.numbers)} = pair")
        self.emit(depth, line)

    def make_view(self, depth):
        """A view of an array, made before the loop or in it."""
        if not self.arrays:
            return self.assign_number(depth)
        name = self.rng.choice(self.arrays)
        view = self.fresh("v")
        if name in self.matrices:
            source = self.pick(f"{name}[{self.index(0)}]", f"{name}[:, {self.index(0)}]", f"{name}.T[1]", f"{name}.ravel()",
                               f"{name}[0, ::-1]", f"{name}.reshape(-1)[::2]", f"{name}[1:, 0]")
        else:
            source = self.pick(f"{name}[1:]", f"{name}[::-1]", f"{name}[::2]", f"{name}[:-1]", name, f"{name}[:]")
        self.emit(depth, f"{view} = {source}")
        self.views.append(view)

    def loop(self, depth, room):
        rng = self.rng
        number = self.fresh("i")
        small = room <= 30
        count = rng.choice([0, 1, 2, 3, 5]) if small else rng.choice([1, 2, 40, 70, 100, 100, 100, 150, 300, 1000])
        count = max(1 if self.chance(0.9) else 0, min(count, room))
        kind = rng.random()
        names = [number]
        pool = self.vectors + self.views
        tail = []
        if self.use["bodies"] and self.chance(0.4):
            header = self.over_generator(number, names, count)
        elif kind < 0.44:
            step = rng.choice([1, 1, 1, 2, 3, -1, -2])
            start = rng.choice([0, 0, 1, -3, 5])
            if self.chance(0.55):
                header = f"for {number} in range({count}):"
            elif step == 1 and self.chance(0.5):
                header = f"for {number} in range({start}, {start + count}):"
            elif self.chance(0.15) and self.loop_variables:
                # As in a sieve: all of it changes from turn to turn.
                outer = self.loop_variables[-1]
                header = (f"for {number} in range({outer} * {outer} % {count}, {count}, "
                          f"{self.pick(f'{outer} % 3 + 1', f'{outer}', '2')}):")
            elif self.chance(0.2):
                variable = self.fresh("d")
                self.emit(depth, f"{variable} = {self.pick(str(step), f'-1 if {self.condition()} else 2')}")
                header = f"for {number} in range({start}, {start + count * step}, {variable}):"
            else:
                header = f"for {number} in range({start}, {start + count * step}, {step}):"
        elif kind < 0.64:
            self.emit(depth, f"{number} = {self.pick('0', '1', '-2')}")
            condition = self.pick(f"{number} < {count}", f"{number} < {count} and {self.condition()}",
                                  f"({self.condition()}) or {number} < {count // 2}", f"{number} <= {count}",
                                  "True", f"{number} < {count}")
            guard = "" if condition.startswith(number) else f"{number} < {count} and "
            header = f"while {guard}{condition}:"
            tail = [f"{number} += {self.pick('1', '1', '1', '2')}"]
        elif kind < 0.67 and room > 30:
            return self.endless(depth, number, count, room)
        elif kind < 0.70:
            header = f"for {number} in {self.pick('[1, 2.5, True, 3]', f'[{self.atom()}] * {count}', '(1, 2, 3, 4.0)', '[3, 1, 2] * 40', '(1, 2) * 50', '[1] * 70 + [0.5] * 9')}:" if room > 100 else f"for {number} in (1, 2.5, True):"
        elif kind < 0.74 and self.use["objects"]:
            other = self.fresh("e")
            source = self.pick("{1: 2, 3: 0.5, 7: True}", "counts" if self.use["dict"] and self.chance(0.3) else "{5: 1, 0.5: 2}",
                               f"{{k: k * 0.5 for k in range({min(count, 90)})}}")
            pairs = self.pick(f"{source}.items()", f"enumerate({source})", f"zip({source}, (1, 2.5, 3))", '[(k, 1) for k in "abc"]',
                              f"enumerate({source}.values(), 1)")
            single = self.pick(source, f"{source}.values()", "{3, 4, 2.5}", f"(1, 2.5, {self.atom()}, True)", f"tuple(range({count}))",
                               f"iter([1, 2, 0.5] * {self.pick('3', '40')})", f"sorted({source})", "map(abs, (1, -2.5))",
                               f"(k * 2 for k in range({count}))")
            if self.chance(0.45):
                names.append(other)
                header = f"for {number}, {other} in {pairs}:"
            else:
                header = f"for {number} in {single}:"
        elif kind < 0.78 and pool:
            header = f"for {number} in {rng.choice(pool)}:"
        elif kind < 0.84 and pool:
            other = self.fresh("e")
            names.append(other)
            header = f"for {number}, {other} in enumerate({self.pick(rng.choice(pool), f'range({count})', '[1.5, 2] * 9')}):"
        elif kind < 0.90 and pool:
            other = self.fresh("e")
            names.append(other)
            header = f"for {number}, {other} in zip(range({count}), {self.pick(rng.choice(pool), f'range({count}, 0, -1)', '[1.5, 2] * 99')}):"
        elif kind < 0.92:
            other = self.fresh("e")
            names.append(other)
            pairs = self.pick("[(1, 2.5), (3, -1), (0.5, 7)] * 30", "zip([1, 2, 3] * 20, [0.5] * 60)", "[(k, k * 0.5) for k in range(70)]",
                              "enumerate([3, 1.5, 2] * 25, 2)")
            header = f"for {number}, {other} in {pairs}:"
        elif kind < 0.95:
            header = f"for {number} in reversed({self.pick(f'range({count})', '[1, 2, 3.5] * 9')}):"
        elif self.generators:
            header = f"for {number} in {rng.choice(self.generators)}({count}):"
        elif self.matrices and self.chance(0.5):
            row = self.fresh("v")
            header = f"for {row} in {rng.choice(self.matrices)}:"
            names = []
            self.views.append(row)
        else:
            header = f"for {number} in range({count}):"
        self.emit(depth, header)
        saved = list(self.loop_variables)
        self.loop_variables += names
        self.in_loop += 1
        if tail and self.chance(0.7):
            self.emit(depth + 1, tail.pop())
        if tail:  # `continue` could jump over it
            self.block(depth + 1, max(1, room // max(count, 1)), no_continue=True)
            self.emit(depth + 1, tail.pop())
        else:
            self.block(depth + 1, max(1, room // max(count, 1)))
        self.in_loop -= 1
        if self.chance(0.12):
            self.emit(depth, "else:")
            self.assign_number(depth + 1)
        if not self.chance(0.2):
            self.loop_variables = saved  # else it is used after the loop, and may be unbound

    def sweep(self, depth):
        """A loop over all elements, which may run as vector code: several reads and writes, which may well meet."""
        rng, n = self.rng, self.n
        number = self.fresh("i")
        low, high = rng.choice([0, 0, 1, 2]), rng.choice([0, 0, 1, 2, -1 if self.chance(0.1) else 0])
        self.emit(depth, "for %s in %s:" % (number, self.pick(
            f"range({low}, {n - high})", f"range({low}, {n - high})", f"range({n})", f"range({low}, {n - high}, {rng.choice([2, 3])})",
            f"range({n - 1 - high}, {low - 1}, {rng.choice([-1, -1, -2])})")))
        vectors = self.vectors + self.views[:2]

        def place(array, far):
            index = self.pick(number, number, f"{number} - {low}", f"{number} + {max(high, 0)}",
                              f"{number} {self.pick('+', '-')} {far}", f"{n - 1} - {number}" if self.chance(0.2) else number)
            return f"{array}[{index}]"

        def value(level):
            if level == 0 or self.chance(0.3):
                return self.pick(place(rng.choice(vectors), 1), place(rng.choice(vectors), 1), number, rng.choice(FLOATS),
                                 rng.choice(self.numbers), "2")
            kind = rng.random()
            if kind < 0.7:
                return f"({value(level - 1)} {self.pick('+', '-', '*', '*')} {value(level - 1)})"
            return self.pick(f"abs({value(level - 1)})", f"({value(level - 1)} * 0.5)", f"math.sqrt(abs({value(level - 1)}))",
                             f"(-{value(level - 1)})", f"({value(level - 1)} % 7)")

        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            kind = rng.random()
            if kind < 0.7:
                self.emit(depth + 1, f"{place(rng.choice(vectors), 1)} = {value(2)}")
            elif kind < 0.85:
                self.emit(depth + 1, f"{place(rng.choice(vectors), 1)} {self.pick('+=', '-=', '*=')} {value(1)}")
            else:
                self.emit(depth + 1, f"{rng.choice(self.numbers)} {self.pick('=', '+=', '+=')} {value(1)}")
        if self.chance(0.25):  # values that go from turn to turn and are seen behind the loop only
            one, two = self.numbers[:2]
            self.emit(depth + 1, self.pick(f"{one}, {two} = {two}, {one}", f"{one} = {two}", f"{one}, {two} = {two}, {number}",
                                           f"{one} = {two}; {two} = {value(1)}"))
        if self.views and self.chance(0.1):
            view = rng.choice(self.views)
            self.emit(depth + 1, f"{view} = {view}{self.pick('[::-1]', '.T', '[:]')}")

    def over_generator(self, number, names, count):
        """The header of a loop over generators; `stream` is one that other loops go on with."""
        rng = self.rng
        source = f"{rng.choice(self.generators)}({count})"
        if self.chance(0.3):
            source = f"{self.pipe}({source})"
        value = self.pick("k * 2", f"k + {rng.choice(self.numbers)}", "k * 0.5", f"k if k != {rng.choice(INTS)} else 0.5")
        test = self.pick("", "", f" if k % {self.pick('2', '3')} == 0", f" if k < {rng.choice(self.numbers)}")
        single = self.pick(source, source, source, "stream", f"({value} for k in range({count}){test})", f"({value} for k in {source}{test})")
        if self.chance(0.3):
            other = self.fresh("e")
            names.append(other)
            pairs = self.pick(f"enumerate({single})", f"zip({single}, range({count}))", f"zip(range({count}), {single})",
                              f"zip({single}, stream)", f"enumerate(zip({source}, stream), 1)")
            return f"for {number}, {other} in {pairs}:" if "(zip(" not in pairs else f"for {number}, ({other}, _) in {pairs}:"
        return f"for {number} in {single}:"

    def write_generators(self):
        """Generator functions of a number, and one of another generator."""
        rng = self.rng
        for _ in range(rng.randint(1, 3)):
            name = self.fresh("g") + self.tag
            value = self.pick("q", "q * 0.5", "q % 3", "q - 1", "(q if q % 10 else 0.5)", "7 // (q + 1)")
            body = self.pick(
                ["    for q in range(n):", f"        yield {value}"],
                ["    q = 0", "    while q < n:", f"        yield {value}", "        q += 1"],
                ["    q = 0", "    while True:", "        q += 1", "        if q > n:", f"            {self.pick('return', 'break')}",
                 f"        if q % {self.pick('2', '3', '5')} == 0:", "            continue", f"        yield {value}"],
                ["    for p in range(n // 9 + 1):", "        for q in range(p + 2):", f"            yield p + {value}"],
                ["    yield n", "    for q in range(n // 2):", f"        yield {value}", "        yield q + 1", "    yield 0.5"],
                ["    p, q = 0, 1", "    for _ in range(n):", "        yield p", "        p, q = q, (p + q) % 1009"],
                ["    for q in range(n):", "        try:", f"            yield 7 // (q % {self.pick('9', '40')} - 3)",
                 "        except ZeroDivisionError:", "            yield -1"],
                ["    for q in range(n):", f"        yield 7 // (q - {self.pick('30', '66', '90')})"])
            self.functions += [f"def {name}(n):"] + body
            self.generators.append(name)
        self.pipe = self.fresh("g") + self.tag
        self.functions += [f"def {self.pipe}(source):", f"    total = {self.pick('0', '0.5')}", "    for item in source:"]
        self.functions += self.pick(["        yield item * 2"], ["        if item > 1:", "            yield item"],
                                    ["        total = (total + item) % 101", "        yield total"])
        self.emit(0, f"stream = {rng.choice(self.generators)}({self.pick('200', '50', '1000')})")

    def made(self, depth):
        """Functions that the loop makes, and calls of the last one."""
        rng = self.rng
        number = rng.choice(self.numbers)
        kind = rng.randrange(7)
        if kind == 0:
            body = self.pick("u + v", "u * 2 - v", f"u + {number}", f"(v if u > v else {number})")
            self.emit(depth, f"act = lambda u, v={self.atom()}: {body}")
        elif kind == 1:
            self.emit(depth, "def act(u):")
            if self.chance(0.3):
                self.emit(depth + 1, f"if u > {number}:")
                self.emit(depth + 2, f"return {self.atom()}")
            self.emit(depth + 1, f"return u {self.pick('+', '-', '*')} {number}")
        elif kind == 2:
            self.emit(depth, f"act = counter{self.tag}({self.atom()})")
        elif kind == 3:
            self.emit(depth, f"{number} = {self.bounded(f'(lambda u: u + {number})({self.atom()})')}")
        else:
            self.emit(depth, f"{number} = {self.bounded(f'act({self.atom()})')}")

    def endless(self, depth, number, count, room):
        """while True, left by a break that stands anywhere."""
        self.emit(depth, f"{number} = 0")
        self.emit(depth, "while True:")
        saved = list(self.loop_variables)
        self.loop_variables.append(number)
        self.in_loop += 1
        parts = [[f"{number} += 1"], [f"if {number} > {count}:", "    break"]]
        if self.chance(0.3):
            parts.reverse()
        for part in parts:
            if self.chance(0.7):
                self.block(depth + 1, max(1, room // max(count, 1)), no_continue=True, size=self.rng.randint(1, 3))
            for line in part:
                self.emit(depth + 1, line)
        if self.chance(0.4):
            self.block(depth + 1, max(1, room // max(count, 1)), size=self.rng.randint(1, 2))
        self.in_loop -= 1
        self.loop_variables = saved

    def block(self, depth, room, no_continue=False, size=None):
        before = len(self.lines)
        for _ in range(size or self.rng.randint(1, 6)):
            if self.budget <= 0:
                break
            self.statement(depth, room, no_continue)
        if len(self.lines) == before:
            self.assign_number(depth)

    def statement(self, depth, room, no_continue):
        self.budget -= 1
        rng = self.rng
        choice = rng.random()
        if self.use["made"] and self.chance(0.2):
            return self.made(depth)
        if self.use["bodies"] and self.chance(0.06):
            return self.emit(depth, self.pick(f"stream = {rng.choice(self.generators)}({self.pick('9', '300')})",
                                              f"{rng.choice(self.numbers)} = next(stream, {rng.choice(INTS)})"))
        if self.use["objects"] and self.chance(0.22):
            return self.objects(depth)
        if self.use["instances"] and self.chance(0.3):
            return self.instances(depth)
        if self.use["tables"] and self.chance(0.4):
            return self.tables(depth)
        if choice < 0.10 and depth < 5 and room >= 2 and self.in_loop < 3:
            self.loop(depth, room)
        elif choice < 0.20 and depth < 6:
            self.emit(depth, f"if {self.condition()}:")
            self.block(depth + 1, room, no_continue, size=rng.randint(1, 3))
            if self.chance(0.2):
                self.emit(depth, f"elif {self.condition()}:")
                self.block(depth + 1, room, no_continue, size=1)
            if self.chance(0.4):
                self.emit(depth, "else:")
                self.block(depth + 1, room, no_continue, size=rng.randint(1, 2))
        elif choice < 0.24 and self.in_loop:
            self.emit(depth, f"if {self.condition()}:")
            self.emit(depth + 1, "break" if no_continue or self.chance(0.4) else "continue")
        elif choice < 0.29 and self.use["try"] and depth < 5:
            self.emit(depth, "try:")
            self.in_try += 1
            if self.chance(0.5):
                self.emit(depth + 1, self.pick(
                    f"if {self.condition()}:\n" + "    " * (depth + 2) + "raise ValueError(\"r\")",
                    f"{rng.choice(self.numbers)} = {self.element()} // ({(self.loop_variables or ['3'])[-1]} % 7)",
                    f"assert {self.condition()}, \"as\"",
                    f"if {self.condition()}:\n" + "    " * (depth + 2) + f"raise {self.pick('KeyError', 'IndexError(1, 2)', 'ZeroDivisionError')}",
                    f"{rng.choice(self.numbers)} = {self.pick('[1, 2.5, 3]', '{0: 1, 1: 0.5, 4: 2}')}[{(self.loop_variables or ['3'])[-1]} % 7]"))
            self.block(depth + 1, room, no_continue, size=rng.randint(1, 3))
            self.in_try -= 1
            error = self.pick("Exception", "ValueError", "(ZeroDivisionError, IndexError)", "TypeError", "ArithmeticError", "LookupError",
                              "KeyError")
            kind = rng.random()
            if kind < 0.85:
                self.emit(depth, f"except {error} as error:" if self.chance(0.4) else f"except {error}:")
                self.block(depth + 1, room, no_continue, size=1)
            if kind >= 0.85 or self.chance(0.2):
                self.emit(depth, "finally:")
                self.block(depth + 1, room, True, size=1)
        elif choice < 0.42:
            self.store_element(depth)
        elif choice < 0.50:
            self.whole_array(depth)
        elif choice < 0.54 and self.vectors and room >= self.n // 4:
            self.sweep(depth)
        elif choice < 0.57 and self.use["rebind"]:
            self.rebind(depth)
        elif choice < 0.63 and self.use["typed"]:
            self.typed(depth)
        elif choice < 0.72:
            self.container(depth)
        elif choice < 0.74:
            self.make_view(depth)
        elif choice < 0.76 and self.use["late"]:
            self.emit(depth, f"late = {self.atom()}")
        elif choice < 0.78 and self.use["globals"]:
            self.emit(depth, f"G{self.tag} {self.pick('+= 1', '= G' + self.tag + ' * 0.5', f'= {self.atom()}', '-= 1')}")
        elif choice < 0.80 and self.use["print"] and self.in_loop:
            if self.chance(0.7):
                self.emit(depth, f"if {(self.loop_variables or ['x'])[-1]} % 37 == 0:" if self.loop_variables else "if True:")
                depth += 1
            self.emit(depth, f"print({self.atom()}, {self.atom()})")
        elif choice < 0.81 and self.risk:
            self.emit(depth, f"assert {self.condition()}, {self.atom()}")
        elif choice < 0.82 and self.risk:
            self.emit(depth, f"if {self.condition()}:")
            self.emit(depth + 1, f"raise {self.pick('ValueError', 'KeyError', 'RuntimeError')}({self.atom()})")
        else:
            self.assign_number(depth)

    # ---- functions
    def write_functions(self):
        """Functions with parameters u and v, which also take arrays; they have loops of their own at times."""
        rng = self.rng
        for _ in range(rng.randint(1, 2)):
            name = self.fresh("f") + self.tag
            kind = rng.randrange(10)
            body, required, keyword = [], 2, None
            if kind == 0:
                body = [f"def {name}(u, v=2):", f"    return u {self.pick('+', '-', '*')} v {self.pick('', '* 0.5', '% 3')}"]
                required, keyword = 1, "v"
            elif kind == 1:
                body = [f"def {name}(u):", "    if u <= 0:" if self.chance(0.5) else "    if not u > 0:", "        return 1",
                        f"    return {name}(u - 1) {self.pick('+ u', '* 0.5', '+ 1')} if u < 9 else u"]
                required = 1
            elif kind == 2:
                body = [f"def {name}(u, v):", "    q = u", f"    for n in range({self.pick('3', '5', '80')}):",
                        f"        q = q * 0.5 + {self.pick('v', 'n', '1')}", f"        if q > {self.pick('5', '50', '0')}:",
                        f"            {self.pick('break', 'return q', 'q -= 2', 'continue')}", "    return q"]
            elif kind == 3:
                body = [f"def make_{name}(step):", "    total = 0", "    def inner(u):", "        nonlocal total",
                        f"        total += {self.pick('step', '1', 'u')}", f"        return {self.pick('total', 'u + step', 'total % 7')}",
                        "    return inner", f"{name} = make_{name}({self.pick('1', '0.5', '2')})"]
                required = 1
            elif kind == 4:
                generator = self.fresh("g") + self.tag
                body = [f"def {generator}(n):", "    for q in range(n):", f"        yield q {self.pick('', '* 0.5', '% 3', '- 1')}"]
                self.generators.append(generator)
                name = None
            elif kind == 5:
                body = [f"def {name}(u, v=1, w=0):", "    if v == 0:", "        raise ZeroDivisionError(\"no\")",
                        "    return u // v + w" if self.chance(0.5) else "    return (u + w) / v"]
                required, keyword = 1, "w"
            elif kind == 6:
                body = [f"def {name}(u):", f"    global H{self.tag}", f"    H{self.tag} += 1",
                        f"    return u + H{self.tag} % 3"]
                self.functions += [f"H{self.tag} = 0"]
                required = 1
            elif kind == 7:
                body = [f"def {name}(u, v):", f"    if u > v:", "        return u", "    elif u == v:", "        return None" if self.chance(
                    self.risk) else "        return 0.5", "    return v"]
            elif kind == 8:
                body = [f"def {name}(u, *more, by=2{self.pick('', ', **others')}):",
                        f"    return {self.pick('u + len(more) * by', 'more[0] - u if more else by', 'u * by')}"]
                if body[0].endswith("others):") and self.chance(0.7):
                    body[1] += self.pick(" + len(others)", " + others.get('h', 0)", " + sum(others.values())")
                required, keyword = self.pick(1, 2, 3), "by"
            else:
                body = [f"{name} = lambda u, v=3: {self.pick('u if u > v else v', 'u * 2 - v', '(u and v) or 1')}"]
                required, keyword = 1, "v"
            self.functions += body
            if name:
                self.callables.append((name, required, keyword))

    def write_key_class(self):
        """Keys with a hash and an equality of their own, one of which may fail."""
        fails = self.pick("", "", "", f"        if other == {self.pick('1', '2')}:\n            raise ValueError(\"no\")")
        self.functions += [f"class Key{self.tag}:", "    def __init__(self, at):", "        self.at = at", "    def __hash__(self):",
                           f"        return hash(self.at){self.pick('', ' % 2')}", "    def __eq__(self, other):", *fails.split("\n"),
                           "        return self.at == (other.at if isinstance(other, type(self)) else other)", "    def __repr__(self):",
                           "        return f\"Key({self.at!r})\"",
                           f"KEYS{self.tag} = [Key{self.tag}(1), {self.pick(f'Key{self.tag}(2)', '2')}, {self.pick(f'Key{self.tag}(1)', '3')}]"]

    def write(self):
        rng = self.rng
        if self.use["bodies"]:
            self.write_generators()
        if self.use["made"]:
            self.functions += [f"def counter{self.tag}(total):", "    def inner(u):", "        nonlocal total",
                               f"        total = (total + u) % {self.pick('7', '101', '2.5')}", "        return total", "    return inner"]
            self.emit(0, f"act = {self.pick('abs', f'counter{self.tag}(1)', 'lambda u: u')}")
        if self.use["call"]:
            self.write_functions()
        if self.use["instances"]:
            self.write_class()
        if self.use["globals"]:
            self.functions.append(f"G{self.tag} = {self.pick('0', '1.5', '3')}")
            self.emit(0, f"global G{self.tag}")
        shown = []
        for name in self.numbers:
            value = rng.choice(INTS) if name in "xy" else rng.choice(FLOATS)
            if self.chance(0.1):
                value = self.pick("True", "np.float64(1.5)", "np.int64(2)", "np.float32(0.5)")
            self.emit(0, f"{name} = {value}")
        for name in self.arrays:
            self.emit(0, f"{name} = {ARRAYS[name][0].format(n=self.n)}")
        inits = {"list": ("items", "[1, 2, 3.5, 4]"), "nested": ("rows", "[[1, 2, 3], [4.5, 5, 6]]"), "dict": ("counts", "{}"),
                 "string": ("word", '"w"'), "tuple": ("pair", "(1, 2.5)"), "typed": ("t", "1")}
        for kind, (name, value) in inits.items():
            if self.use[kind]:
                self.emit(0, f"{name} = {value}")
                shown.append(name)
        if self.use["objects"]:
            for name, value in (("deck", "[1, 2.5, 3, 4]"), ("bag", "{1, 2}")):
                self.emit(0, f"{name} = {value}")
                shown.append(name)
            self.emit(0, f"r = np.random.default_rng({rng.randrange(100)})")
        if self.use["tables"]:
            self.write_key_class()
            for name, value in (("stock", "{1: 2, True: 3, 2.5: 1}"), ("tally", '{0: 0, 1: 1, 2: 0, "a": 0, "bc": 1, "d": 0.5, "é": 2}'),
                                ("nest", "{}"), ("seen", "{1, 2}"), ("shelf", '[1, "two", (3, 4), [5]]'), ("label", '"abc"'),
                                ("former", '""'), ("deep", '(1, ("x", 2))')):
                self.emit(0, f"{name} = {value}")
                shown.append(name)
            self.emit(0, 'words = ["a", "bc", "d", "é"]')
        if self.use["instances"]:
            self.emit(0, f"thing = Thing{self.tag}(1, 0.5)")
            self.emit(0, f"things = [thing, Thing{self.tag}(2.5)]")
            self.emit(0, f"helpers = [abs, Thing{self.tag}.half, float, thing.far, lambda x: x]")
            self.emit(0, "pairs = [(1, 2.5)]")
        if self.chance(0.3):
            self.make_view(0)
        caught = self.chance(0.75)
        depth = 1 if caught else 0
        if caught:
            self.emit(0, "try:")
        for _ in range(rng.randint(1, 3)):
            if self.chance(0.2):
                self.statement(depth, 100, True)
            self.loop(depth, rng.choice([100, 400, 1500, 3000]))
        if caught:
            self.emit(0, "except Exception as error:")
            self.emit(1, "print(type(error).__name__, error)")
        shown += self.numbers + self.arrays
        for name in shown:
            self.emit(0, f'show("{name}", {name})')
        if self.use["instances"]:
            self.emit(0, 'for one in [thing] + things[:5]:')
            self.emit(1, 'show("at", one.at)')
            self.emit(1, 'show("speed", one.speed)')
            self.emit(1, 'show("marks", one.marks[-3:])')
            self.emit(0, 'show("pairs", pairs[-3:])')
        unsure = self.views + (["late"] if self.use["late"] else []) + (["sink"] if self.use["typed"] else [])
        unsure += [f"i{number}" for number in range(1, self.counter + 1) if any(f"i{number} " in line for line in self.lines)]
        for name in unsure:
            self.lines += ["try:", f'    show("{name}", {name})', "except NameError as error:",
                           "    print(type(error).__name__, error)"]
        if self.use["globals"]:
            self.emit(0, f'show("G", G{self.tag})')
        if self.use["bodies"]:
            self.emit(0, 'show("stream", next(stream, "over"))')
        if self.use["made"]:
            self.emit(0, 'show("act", act(1))')

    def text(self, seed, at_module_level):
        """The program with a handler around it, as a function or at module level."""
        handler = ["except Exception as error:", f'    print("program {seed}:", type(error).__name__, error)']
        lines = list(self.functions)
        if at_module_level:
            body = [line for line in self.lines if not line.startswith("global ")]
            lines += ["try:"] + indented(body) + handler
        else:
            lines += [f"def program_{seed}():"] + indented(self.lines) + ["try:", f"    program_{seed}()"]
            if seed % 5 == 0:
                lines += [f"    program_{seed}()"]  # again, with what the first run left behind
            lines += handler
        return f'print("== {seed}")\n' + "\n".join(lines) + "\n"


def indented(lines):
    return ["    " + line.replace("\n", "\n    ") for line in lines]


def program_text(seed, at_module_level=None):
    if at_module_level is None:
        at_module_level = seed % 4 == 3
    return Program(seed).text(seed, at_module_level)


# ---- Running ----------------------------------------------------------------------------------------
# Instances refer to themselves and to each other: cycles are not collected, so they are no leaks.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")


def run(lathe, mode, script, timeout=TIMEOUT):
    """(status, stdout, stderr); the status says "timeout" if it did not end."""
    try:
        options = ["--jit", "force", "--choose", "random=1"] if mode == "choices" else ["--jit", mode]
        if mode not in ("off", "on"):
            options += ["--loop-limits", "stretch=3"]  # else no loop here is long enough for a second one
        done = subprocess.run([lathe, "run", *options, script.name], cwd=script.parent, capture_output=True,
                              timeout=timeout, check=False, stdin=subprocess.DEVNULL, env=ENVIRONMENT)
    except subprocess.TimeoutExpired:
        return "timeout", "", ""
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


# What difference() says of a program that the interpreter itself does not end in time: some make many turns.
TOO_LONG = ("off", "status timeout")


def difference(lathe, modes, text, folder, timeout=TIMEOUT):
    """(mode, kind, diff) of the first mode that differs from modes[0], or None."""
    script = folder / "program.py"
    script.write_text(text)
    wanted = run(lathe, modes[0], script, timeout)
    if wanted[0] == "timeout" or wanted[0] < 0:
        return modes[0], f"status {wanted[0]}", wanted[2][-2000:]
    for mode in modes[1:]:
        got = run(lathe, mode, script, timeout)
        if got != wanted:
            kind = f"status {got[0]}" if got[0] != wanted[0] else "output"
            diff = [f"status {wanted[0]} became {got[0]}"] * (got[0] != wanted[0])
            for one, other in zip(wanted[1:], got[1:]):
                diff += difflib.unified_diff(one.splitlines(), other.splitlines(), modes[0], mode, "", "", 1, lineterm="")
            return mode, kind, "\n".join(diff[:30])
    return None


# ---- Shrinking --------------------------------------------------------------------------------------
def edits(tree):
    """Functions that each make one small change to a copy of `tree`, large changes first."""
    statements, expressions = [], []
    for position, node in enumerate(ast.walk(tree)):
        for field in ("body", "orelse", "finalbody", "handlers"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                for index, statement in enumerate(block):
                    size = len(list(ast.walk(statement)))
                    statements.append((-size, position, field, index, False))
                    if isinstance(getattr(statement, "body", None), list) and not isinstance(statement, ast.FunctionDef):
                        statements.append((-size, position, field, index, True))
        for field, value in ast.iter_fields(node):
            if isinstance(value, (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.UnaryOp)):
                parts = [child for child in ast.walk(value) if isinstance(child, ast.expr)][1:4]
                expressions += [(position, field, part) for part in range(len(parts))]
            if isinstance(value, ast.expr) and not isinstance(value, (ast.Constant, ast.Name)) and field == "value":
                expressions.append((position, field, None))
    return sorted(statements), expressions


def apply_edit(tree, edit):
    tree = copy.deepcopy(tree)
    nodes = list(ast.walk(tree))
    if len(edit) == 5:
        _, position, field, index, hoist = edit
        block = getattr(nodes[position], field)
        block[index:index + 1] = block[index].body if hoist else []
        if not block and field == "body" and not isinstance(nodes[position], ast.Module):
            block.append(ast.Pass())
    else:
        position, field, part = edit
        value = getattr(nodes[position], field)
        new = ast.Constant(1) if part is None else [c for c in ast.walk(value) if isinstance(c, ast.expr)][1:4][part]
        setattr(nodes[position], field, new)
    return tree


def shrink(text, still_differs, tries=1200):
    tree = ast.parse(text)
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for group in edits(tree):
            position = 0
            while position < len(group) and tries > 0:
                try:
                    candidate = apply_edit(tree, group[position])
                    code = ast.unparse(ast.fix_missing_locations(candidate))
                    compile(code, "candidate", "exec")
                except (SyntaxError, ValueError, IndexError, AttributeError, TypeError):
                    position += 1
                    continue
                tries -= 1
                if len(code) < len(ast.unparse(tree)) and still_differs(code):
                    tree, smaller = candidate, True
                    fresh = edits(tree)
                    group = fresh[0] if len(group[position]) == 5 else fresh[1]
                else:
                    position += 1
    return ast.unparse(tree)


# ---- The test ---------------------------------------------------------------------------------------
def report(title, text, found):
    mode, kind, diff = found
    return f"FAILED {title}, --jit {mode} ({kind})\n{text.rstrip()}\n--- difference\n{diff}\n"


def examine(lathe, modes, text, folder, title, effort):
    """The report of a program that differs alone, or None."""
    found = difference(lathe, modes, text, folder)
    if not found:
        return None
    mode, kind, _ = found
    if (mode, kind) == TOO_LONG:
        return None
    if "timeout" in kind:
        effort //= 40  # each of these tries costs seconds
    if effort:
        pair = [modes[0], mode] if mode != modes[0] else modes[:1]

        def still_differs(code):
            again = difference(lathe, pair, code, folder, 2)
            return again is not None and again[:2] == (mode, kind)

        small = shrink(text, still_differs, effort)
        found, text = difference(lathe, pair, small, folder) or found, small
    return report(title, text, found)


def check_batch(lathe, modes, seeds, effort):
    """(number of failures, reports, whether it took too long) of the programs of one process."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        text = PRELUDE + "\n".join(program_text(seed) for seed in seeds)
        found = difference(lathe, modes, text, folder)
        if not found:
            return 0, [], False
        reports = []
        for seed in seeds:
            for level in (seed % 4 == 3, seed % 4 != 3):
                one = examine(lathe, modes, PRELUDE + program_text(seed, level), folder,
                              f"seed {seed} {'at module level' if level else 'as a function'}", effort)
                if one:
                    reports.append(one)
                    break
        if reports:
            return len(reports), reports, False
        if found[:2] == TOO_LONG:
            return 0, [], True
        one = examine(lathe, modes, text, folder, f"seeds {seeds[0]} to {seeds[-1]} together", effort // 2)
        once = f"FAILED seeds {seeds[0]} to {seeds[-1]}: differed once only, in mode {found[0]}: {found[1]}\n{found[2]}\n"
        return 1, [one or once], False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lathe")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--modes", default="off,on,force,stress,choices")
    parser.add_argument("--effort", type=int, default=1500, help="runs to shrink a failure; 0: leave it as it is")
    parser.add_argument("--reports", type=int, default=20, help="stop after so many failures")
    parser.add_argument("--print", type=int, dest="shown", metavar="SEED", help="print this program, run nothing")
    options = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)  # of shrunk programs
    if options.shown is not None:
        print(PRELUDE + program_text(options.shown))
        return
    lathe = str(pathlib.Path(options.lathe).resolve())
    modes = options.modes.split(",")
    seeds = range(options.first, options.first + options.count)
    batches = [list(seeds[start:start + BATCH]) for start in range(0, len(seeds), BATCH)]
    failed = checked = slow = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        pending = {pool.submit(check_batch, lathe, modes, batch, options.effort): batch for batch in batches}
        for done in concurrent.futures.as_completed(pending):
            count, reports, too_long = done.result()
            checked += len(pending[done])
            slow += too_long
            failed += count
            for one in reports:
                print(one, flush=True)
            if failed >= options.reports:
                for other in pending:
                    other.cancel()
                break
    if slow:
        print(f"{slow} of {len(batches)} processes were too long to interpret; their programs ran one by one")
    hangs = slow > 1 + len(batches) // 100
    print(f"{checked - failed} passed, {failed + hangs} failed")
    sys.exit(1 if failed or hangs else 0)


if __name__ == "__main__":
    main()
