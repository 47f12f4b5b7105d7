# Classes called through modules, attributes and containers: the new instance must arrive whatever is called.
class Box:
    def __init__(self, value, *rest, name="box"):
        self.value = value
        self.name = name
        self.rest = rest

    def __call__(self, *args):
        return self.value(*args) if callable(self.value) else args


class Holder:
    Kind = Box

    def make(self, value):
        return self.Kind(value)


h = Holder()
h.own = Box
boxes = [h.own(lambda v: v + 1), h.own(2), Holder.Kind(3, name="named"), h.Kind(4, 5, 6), h.make(7), {"k": Box}["k"](8), h.own(*[9, 10])]
for b in boxes:
    print(b.name, b.rest, b.value if isinstance(b.value, int) else b(41))
print(h.own(h.own(h.own(1))).value.value.value, [h.own(k).value for k in range(5)])
print(h.own(max)(3, 4), h.own(1)(3, 4))


def nested(depth):
    return h.own(nested(depth - 1)) if depth else h.own(0)


b = nested(30)
depth = 0
while isinstance(b, Box) and b.value != 0:
    b = b.value
    depth += 1
print(depth)
try:
    h.own()
except TypeError as error:
    print(error)
