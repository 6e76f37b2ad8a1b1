"""Answers of the Hub's servers: the requested bytes, try again, or one line why not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tovec.errors import CannotDownload

RETRIED = frozenset({408, 429, 500, 502, 503, 504})  # as huggingface_hub does

_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)")
_DIGITS = re.compile(r"\d{1,5}")


@dataclass(frozen=True)
class Answer:
    """The status and the headers (names in lower case) of an answer to a request for a range of bytes."""

    status: int
    headers: Mapping[str, str]

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str]) -> "Answer":
        """Return an answer whose headers are spelled in any case."""
        return cls(status, {name.lower(): text for name, text in headers.items()})

    @property
    def etag(self) -> str:
        """The server's name for these contents; empty where it gives none."""
        return self.headers.get("etag", "")

    @property
    def wait_s(self) -> int:
        """The seconds to wait before the next request; 0 where the server does not say."""
        found = _DIGITS.fullmatch(self.headers.get("retry-after", "").strip())
        return int(found[0]) if found else 0

    def first_byte(self, start: int, end: int, size: int) -> int:
        """Return which byte of the file the body begins with, after a request for [start, end) of `size`.

        `start` for a partial answer, 0 for the whole file. Raises CannotDownload for other bytes, another
        file or another encoding.
        """
        if self.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise CannotDownload(f"the server sends it encoded as {self.headers['content-encoding']!r}")
        if self.status == 200:
            length = self.headers.get("content-length", str(size))
            if length != str(size):
                stated = length if length.isdecimal() else repr(length)
                raise CannotDownload(f"it has {stated} bytes, and the list of files says {size}")
            return 0
        stated = self.headers.get("content-range", "")
        found = _RANGE.fullmatch(stated.strip())
        if found is None or int(found[1]) != start or not start <= int(found[2]) < end:
            raise CannotDownload(
                f"the server was asked for bytes {start}-{end - 1} and answers with {stated or 'nothing'!r}"
            )
        if found[3] not in ("*", str(size)):
            raise CannotDownload(f"it has {found[3]} bytes, and the list of files says {size}")
        return start


def refusal(status: int, code: str, repository: str) -> str:
    """Return why a server refuses a request about `repository`, and the way out.

    code: the Hub's own error code, the header X-Error-Code.
    """
    if code == "GatedRepo":
        return (
            f"it is gated: accept its terms at https://huggingface.co/{repository} and log in with "
            "`hf auth login` (or set HF_TOKEN)"
        )
    if code == "RevisionNotFound":
        return "it has no such revision"
    if code == "EntryNotFound":
        return "it has no such file"
    if code == "RepoNotFound" or status in (401, 404):
        return (
            "there is no such model on the Hub, or it is private; if it is yours, log in with "
            "`hf auth login` (or set HF_TOKEN)"
        )
    if status == 403:
        return (
            f"access is forbidden; ask for it at https://huggingface.co/{repository}, or log in with another "
            "token: `hf auth login`"
        )
    if status == 416:
        return "the server says that the file is shorter than the list of files says"
    if status == 429:
        return (
            "the Hub has received too many requests from here; wait a few minutes, or log in: `hf auth login`"
        )
    return f"the server answers with status {status}"
