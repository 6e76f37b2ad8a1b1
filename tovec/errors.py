"""Every error a user can cause: one base class, one line each with the rule, the value, the way out.

A message names a setting as Python does, in backquotes: `min_count`. The command line prints its option.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class TovecError(Exception):
    """An error that the caller can fix; its text is one line that says how.

    It can be copied and pickled, whatever its constructor takes, so that it arrives from another process
    (multiprocessing.Pool).

    >>> try:
    ...     tovec.open("nowhere.vec")
    ... except tovec.TovecError as error:
    ...     print(error)
    nowhere.vec does not exist
    """

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[TovecError], args: tuple[Any, ...], attributes: Mapping[str, Any]) -> TovecError:
    """Return a copy of an error without calling its constructor, whose parameters are not `args`."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class TovecWarning(UserWarning):
    """Something went wrong that ends nothing; its text is one line.

    Something irregular in a source was repaired, a checkpoint or a snapshot of a run could not be written, or
    a run has learned too little for its vectors to mean anything.

    >>> import warnings
    >>> warnings.simplefilter("ignore", tovec.TovecWarning)
    """


class UnknownToken(TovecError, KeyError):
    """A token that is not in the vocabulary. parts: the tokens of its text.

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
    """An attribute under the name that another library gives it; the message gives tovec's."""


class UnknownKeyword(TovecError, TypeError):
    """A keyword that a function does not take."""


class NoDirection(TovecError):
    """A vector without direction, zeros or not finite, which has no neighbors."""


class BadSetting(TovecError):
    """A setting outside its range, whose name begins the message."""

    def __init__(self, name: str, value: object, rule: str) -> None:
        self.name = name
        super().__init__(f"{name} must be {rule}, not {value!r}")


class MissingExtra(TovecError):
    """A feature whose optional packages are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional package: pip install 'tovec[{extra}]'")


class MissingDependency(TovecError):
    """A package that tovec depends on and that is not installed: tovec was installed without them."""

    def __init__(self, package: str, feature: str) -> None:
        super().__init__(
            f"{feature} needs {package}, which is not installed: pip install {package}, "
            "or tovec with all that it depends on: pip install tovec"
        )


class BadText(TovecError):
    """Text that cannot be read: a missing file, a byte outside its encoding, a damaged archive."""


class EmptyCorpus(TovecError):
    """A corpus without anything to train on."""


class BadSource(TovecError):
    """A source that is not an embedding, or is damaged."""


class BadTestSet(TovecError):
    """A file of rated word pairs, analogies or categories that cannot be used."""


class CannotDownload(BadSource):
    """A file of the Hugging Face Hub that does not exist, is not allowed, or did not arrive."""


class CannotSave(TovecError):
    """A path or a format that cannot hold what was to be written."""


class NoSpace(CannotSave):
    """A disk with too little free space.

    folder: where. missing: how many bytes at least; None where the system does not report it.
    """

    def __init__(self, message: str, folder: str, missing: int | None) -> None:
        self.folder, self.missing = folder, missing
        super().__init__(message)


class Diverged(TovecError):
    """Training whose loss became infinite."""

    def __init__(self, epoch: float, rate: float) -> None:
        super().__init__(
            f"training diverged: the loss became infinite after {epoch:.2f} epochs; "
            f"use a lower `learning_rate` than {rate:g}"
        )


class BadCheckpoint(TovecError):
    """A checkpoint from which a run cannot resume."""


class NotEnoughMemory(TovecError):
    """Too little memory, or too few threads. needed: bytes of address space, where known."""

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
    """A run that needs more memory than is free."""

    def __init__(self, needed: int, available: int, way: str) -> None:
        super().__init__(
            f"training needs {needed / 1e6:,.0f} MB of memory and {available / 1e6:,.0f} MB are free; "
            f"use {way}"
        )
