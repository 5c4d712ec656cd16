"""What stands in the circle before a name that has no picture."""


def initial(name: str) -> str:
    """The first letter or digit of *name*, as a capital."""
    return next((character for character in name if character.isalnum()), "?").upper()
