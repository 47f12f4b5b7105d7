# python: same
pair = (1, 2)
a, b, c = pair
