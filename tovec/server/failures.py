"""Errors while a page is served: one line for it; internal ones are logged in full, safe for a terminal."""

import logging
import traceback

from tovec.errors import TovecError
from tovec.escapes import one_line


def log_failure(what: str, error: BaseException) -> None:
    """Log that `what` failed, with the traceback, escaped."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    text = "\n".join(map(one_line, [f"{what} failed", *lines]))
    logging.getLogger("tovec").error("%s", text)


def failure_line(what: str, error: Exception) -> str:
    """Return the line about `error` for the page; log one that is not the user's."""
    if isinstance(error, TovecError):
        return one_line(str(error))
    log_failure(what, error)
    return one_line(f"{type(error).__name__}: {error}".splitlines()[0])
