"""How many there are of something, for people: 1 row, 2 rows."""


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return `n` with the noun in the singular or the plural, which is `one` with an s unless it is given.

    >>> counted(1, "row"), counted(0, "row"), counted(2_000, "entry", "entries")
    ('1 row', '0 rows', '2,000 entries')
    """
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def are(n: int) -> str:
    """Return the verb of a count.

    >>> f"{1} of 3 tokens {are(1)} new"
    '1 of 3 tokens is new'
    """
    return "is" if n == 1 else "are"
