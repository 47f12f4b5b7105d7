# python: same
def parse(text):
    try:
        return int(text)
    except ValueError:
        raise RuntimeError("bad " + text)
    finally:
        seen.append(text)


seen = []
words = ["1"] * 300 + ["x"] + ["2"] * 5
for word in words:
    parse(word)
