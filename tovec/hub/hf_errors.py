"""huggingface_hub: its exceptions become one line each, and its progress bars are turned off."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tovec.errors import CannotDownload
from tovec.hub.http import RETRIED, refusal
from tovec.hub.names import HubName


class UnreachableError(CannotDownload):
    """The Hub cannot be reached or does not answer; nothing is known about the repository."""


def transport_error() -> type[Exception]:
    """Return the base class of connection errors: HTTPError of httpx, from huggingface_hub 2 of httpx2."""
    from huggingface_hub.errors import HfHubHTTPError

    found: type[Exception] = next(base for base in HfHubHTTPError.__mro__ if base.__name__ == "HTTPError")
    return found


@contextmanager
def saying_why(what: str, name: HubName) -> Iterator[None]:
    """Turn any exception of huggingface_hub in the block into one line that begins with `what`."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        yield
    except CannotDownload as error:
        raise CannotDownload(f"{what}: {error}") from error
    except Exception as raised:  # an unexpected answer of a server may raise anything
        cause: BaseException = raised
        while isinstance(cause, LocalEntryNotFoundError) and cause.__cause__ is not None:
            cause = cause.__cause__
        if isinstance(cause, HfHubHTTPError):
            status = cause.response.status_code
            reason = refusal(status, cause.response.headers.get("X-Error-Code", ""), name.repository)
            kind = UnreachableError if status in RETRIED else CannotDownload
            raise kind(f"{what}: {reason}") from raised
        if isinstance(cause, OfflineModeIsEnabled):
            raise UnreachableError(f"{what}: HF_HUB_OFFLINE is set, so the Hub is not asked") from raised
        if isinstance(cause, transport_error()):
            raise UnreachableError(f"{what}: the Hub cannot be reached ({line_of(cause)})") from raised
        if isinstance(cause, OSError):
            raise CannotDownload(f"{what}: {line_of(cause)}") from raised
        raise CannotDownload(
            f"{what}: the server does not answer as a Hugging Face Hub does ({line_of(cause)})"
        ) from raised


def line_of(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


@contextmanager
def no_bars() -> Iterator[None]:
    """Turn off the progress bars of huggingface_hub: ours reports the download."""
    from huggingface_hub.utils import (
        are_progress_bars_disabled,
        disable_progress_bars,
        enable_progress_bars,
    )

    if are_progress_bars_disabled():
        yield
        return
    with warnings.catch_warnings():  # it warns where HF_HUB_DISABLE_PROGRESS_BARS is set
        warnings.simplefilter("ignore")
        disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()
