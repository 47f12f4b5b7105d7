# python: same
name = "Lathe
print(name)
