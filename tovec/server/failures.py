"""Our own mistakes while a page is served: the terminal gets them whole, and nothing that could act on it."""

import logging
import traceback

from tovec.escapes import one_line


def log_failure(what: str, error: BaseException) -> None:
    """Log that `what` failed, with the traceback; names of others in it are escaped."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    text = "\n".join(map(one_line, [f"{what} failed", *lines]))
    logging.getLogger("tovec").error("%s", text)
