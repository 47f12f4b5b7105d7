# python: same
def last_even(numbers):
    for number in numbers:
        if number % 2 == 0:
            found = number
        if number > 300:
            return found


print(last_even(range(1000)))
print(last_even(range(1, 1000, 2)))
