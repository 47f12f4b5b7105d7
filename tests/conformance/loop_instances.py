# Attributes and methods of instances in loops.
class Body:
    count = 0

    def __init__(self, x, v):
        self.x = x
        self.v = v

    def step(self, dt):
        self.x += self.v * dt
        if self.x > 10:
            self.bounce()
        return self.x

    def bounce(self):
        self.v = -self.v
        Body.count += 1


class Heavy(Body):
    def step(self, dt):
        self.x = self.x + self.v * dt * 0.5
        return self.x

    @property
    def twice(self):
        return 2 * self.x


def run(n):
    bodies = [Body(0.0, 1.0), Heavy(1, 2), Body(5, -0.25)]
    total = 0.0
    for turn in range(n):
        for body in bodies:
            total += body.step(0.125)
        bodies[0].v -= 0.001
        bodies[turn % 3].tag = turn
        if turn == 150:
            bodies[2].v = 2  # another type
        if turn == 200:
            bodies[1].step = lambda dt: 100.0  # shadows the method
        if turn % 50 == 0:
            total += bodies[1].twice
    return total, [(body.x, body.v, body.tag) for body in bodies], Body.count


print(run(300))
print(run(300))


def missing(n):
    body = Body(1, 2)
    seen = 0
    for turn in range(n):
        try:
            if turn > 100:
                seen += body.nothing
            seen += body.x
        except AttributeError as error:
            seen -= 1
            if turn == 120:
                print(error)
    return seen


print(missing(200))


# What a class says of new instances and new attributes changes while a loop makes them.
class Growing:
    def __init__(self, x):
        self.x = x
        if x % 50 == 7:
            self.extra = x


def grow(n):
    seen = []
    for i in range(n):
        g = Growing(i)
        g.late = [i]
        if type(g.late) is list:
            g.late.append(g.x if hasattr(g, "x") else 0)
        if i == 120:
            Growing.late = property(lambda self: -1, lambda self, value: seen.append(value if value[0] < 124 else 0))
        if i == 180:
            del Growing.late
        if i == 240:
            Growing.__init__ = lambda self, x: setattr(self, "x", -x)
        if i == 300:
            del Growing.__init__
            try:
                Growing(i)
            except TypeError as error:
                seen.append(str(error))
            Growing.__init__ = lambda self, x: None
        if not hasattr(g, "x"):
            seen.append(i)
            if len(seen) > 8:
                break
        try:
            g.extra += 1
        except AttributeError as error:
            if i % 60 == 0:
                seen.append(str(error))
    return seen


print(grow(400))
