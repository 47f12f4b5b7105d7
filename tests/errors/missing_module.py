# python: same
import no_such_module

print(no_such_module)
