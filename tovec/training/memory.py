"""How much memory a run will need, said before it begins, and whether it is there."""

from tovec.errors import TooLarge
from tovec.memory import available_bytes, own_bytes


def check_memory(needed: int) -> int:
    """Return how many bytes this process will have when it has taken `needed` more, without mapped files.

    Raises TooLarge when the machine has not so much to give.
    """
    have = available_bytes()
    if have is not None and needed > have:
        raise TooLarge(needed, have)
    return needed + own_bytes()
