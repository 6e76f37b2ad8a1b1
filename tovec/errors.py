"""Every error a user can cause. One base class, one line each: the rule, the value, the way out.

A message names a setting as Python does, in backquotes: `min_count`. The command line prints its option.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class TovecError(Exception):
    """A mistake that the user can mend; its text is one line that says how.

    Can be copied and pickled, whatever its constructor takes: an error that comes out of another process
    (multiprocessing.Pool) has to arrive.

    >>> try:
    ...     tovec.open("nowhere.vec")
    ... except tovec.TovecError as error:
    ...     print(error)
    nowhere.vec does not exist
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[TovecError], args: tuple[Any, ...], attributes: Mapping[str, Any]) -> TovecError:
    """Return an error as it was, without its constructor, whose parameters are not `args`."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class TovecWarning(UserWarning):
    """What went otherwise and ends nothing; its text is one line.

    Something irregular in a source was repaired, or a checkpoint or a snapshot of a run could not be written.

    >>> import warnings
    >>> warnings.simplefilter("ignore", tovec.TovecWarning)
    """


class UnknownToken(TovecError, KeyError):
    """A token that is not in the vocabulary. parts: the tokens that its text is cut into.

    >>> tovec.Embedding.random(["cat", "dog"], dim=3)["cats"]
    Traceback (most recent call last):
    tovec.errors.UnknownToken: token 'cats' is not in the vocabulary; nearest spellings: 'cat'
    """

    def __init__(self, token: str, near: Sequence[str] = (), parts: Sequence[str] = ()) -> None:
        self.token = token
        self.near, self.parts = tuple(near), tuple(parts)
        hint = f"; nearest spellings: {', '.join(map(repr, near))}" if near else ""
        if parts:
            hint = f"; as text it is the tokens {', '.join(map(repr, parts))}"
        super().__init__(f"token {token!r} is not in the vocabulary{hint}")

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError would put it in quotes


class UnknownAttribute(TovecError, AttributeError):
    """An attribute that other libraries have, under the name that it has there."""


class UnknownKeyword(TovecError, TypeError):
    """A keyword that a function does not take."""


class NoDirection(TovecError):
    """A vector that is near to nothing and far from nothing: zeros, or not finite."""


class BadSetting(TovecError):
    """A setting outside its range, whose name begins the message."""

    def __init__(self, name: str, value: object, rule: str) -> None:
        self.name = name
        super().__init__(f"{name} must be {rule}, not {value!r}")


class MissingExtra(TovecError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional package: pip install 'tovec[{extra}]'")


class BadText(TovecError):
    """Text that cannot be read: a missing file, a byte outside its encoding, a damaged archive."""


class EmptyCorpus(TovecError):
    """A corpus that leaves nothing to train on."""


class BadSource(TovecError):
    """Something that is not an embedding, or a damaged one."""


class CannotDownload(BadSource):
    """Something of the Hugging Face Hub that is not there, not allowed, or did not arrive."""


class CannotSave(TovecError):
    """A place or a format that cannot take what was to be written."""


class NoSpace(CannotSave):
    """A disk without the room for what was to be written.

    folder: where it is missing. missing: how many bytes, at least; None where the system does not tell.
    """

    def __init__(self, told: str, folder: str, missing: int | None) -> None:
        self.folder, self.missing = folder, missing
        super().__init__(told)


class Diverged(TovecError):
    """Training whose loss became infinite."""

    def __init__(self, epoch: float, rate: float) -> None:
        super().__init__(
            f"training diverged: the loss became infinite after {epoch:.2f} epochs; "
            f"use a lower `learning_rate` than {rate:g}"
        )


class BadCheckpoint(TovecError):
    """A checkpoint that a run cannot go on from."""


class NotEnoughMemory(TovecError):
    """Less memory than the command needs, or fewer threads. needed: bytes of addresses, where it is known."""

    def __init__(self, needed: int | None = None) -> None:
        if needed is None:
            super().__init__(
                "not enough memory, or no more threads; free some, raise the limits (ulimit -v, -u), "
                "or read less (--limit)"
            )
            return
        super().__init__(
            f"not enough address space: {needed >> 20:,} MB are needed; raise the limit: "
            f"ulimit -v {needed >> 10} or more, or unlimited"
        )


class TooLarge(TovecError):
    """A run that needs more memory than there is."""

    def __init__(self, needed: int, available: int) -> None:
        super().__init__(
            f"training needs {needed / 1e6:,.0f} MB of memory and {available / 1e6:,.0f} MB are free; "
            "use a smaller `dim` or `window`, a higher `min_count` or a `max_size`"
        )
