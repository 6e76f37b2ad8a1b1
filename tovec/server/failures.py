"""Internal errors while a page is served: logged in full, safe for a terminal."""

import logging
import traceback

from tovec.escapes import one_line


def log_failure(what: str, error: BaseException) -> None:
    """Log that `what` failed, with the traceback, escaped."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    text = "\n".join(map(one_line, [f"{what} failed", *lines]))
    logging.getLogger("tovec").error("%s", text)
