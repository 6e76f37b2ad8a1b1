"""What the Hub's servers answer, judged: bytes that were asked for, try again, or one line why not."""

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
        """What the server calls these contents; empty where it says nothing."""
        return self.headers.get("etag", "")

    @property
    def wait_s(self) -> int:
        """The seconds after which the server wants to be asked again; 0 where it does not say."""
        found = _DIGITS.fullmatch(self.headers.get("retry-after", "").strip())
        return int(found[0]) if found else 0

    def first_byte(self, start: int, end: int, size: int) -> int:
        """Return which byte of the file the body begins with, where [start, end) of `size` was asked for.

        `start` for an answer in part, 0 for the whole file. Raises CannotDownload for bytes of another
        place, another file or another encoding.
        """
        if self.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
            raise CannotDownload(f"the server sends it as {self.headers['content-encoding']!r}, not as it is")
        if self.status == 200:
            length = self.headers.get("content-length", str(size))
            if length != str(size):
                told = length if length.isdecimal() else repr(length)
                raise CannotDownload(f"it has {told} bytes where the list of files says {size}")
            return 0
        told = self.headers.get("content-range", "")
        found = _RANGE.fullmatch(told.strip())
        if found is None or int(found[1]) != start or not start <= int(found[2]) < end:
            raise CannotDownload(
                f"the server was asked for bytes {start}-{end - 1} and answers with {told or 'nothing'!r}"
            )
        if found[3] not in ("*", str(size)):
            raise CannotDownload(f"it has {found[3]} bytes where the list of files says {size}")
        return start


def refusal(status: int, code: str, repository: str) -> str:
    """Return why a server does not give something of `repository`, and the way out.

    code: the Hub's own word for it, the header X-Error-Code.
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
        return "the server says that it is shorter than its list of files says"
    if status == 429:
        return "the Hub has had too many requests from here; wait a few minutes, or log in: `hf auth login`"
    return f"the server answers with status {status}"
