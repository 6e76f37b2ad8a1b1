"""A range of bytes of a file on the Hub to a file on the disk: fetched once, resumed where it stopped.

Each range is a file of its own, `…/<commit>/<file>/<begin>-<end>`, and `….part` while it is incomplete. One
sparse file instead would need a record of which bytes it holds, which can be wrong, and takes its full size
on file systems without holes and when copied: 5 GB for 1 kB of header. Here a name says which bytes the file
holds, the length of a `.part` says where to continue, and deleting is always safe.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tovec.counted import counted
from tovec.errors import CannotDownload
from tovec.hub.events import Download, human_size
from tovec.hub.hf_errors import line_of, transport_error
from tovec.hub.http import RETRIED, Answer, refusal
from tovec.hub.partial_file import PartialFile, check_space, is_whole
from tovec.progress import Ended, Reporter, Stage

# Bytes that are read and dropped to reach a range where a server does not support ranges.
NEAR = 32_000_000
WAITS_S: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0)  # before each attempt after one without progress
LONGEST_WAIT_S = 60
MAX_VERSIONS = 3  # of one file, before the download is given up


class _AgainError(Exception):
    """A failure that may not occur at the next attempt."""

    def __init__(self, why: str, wait_s: float = 0.0) -> None:
        super().__init__(why)
        self.wait_s = wait_s


@dataclass(frozen=True)
class RemoteFile:
    """A file of `size` bytes of a repository at one commit, of which ranges can be fetched.

    url: of the file at that commit, so its contents never change. headers: returns those of a request, with
    the user's token. folder: where ranges are kept.
    """

    repository: str
    path: str
    size: int
    url: str
    headers: Callable[[], dict[str, str]]
    folder: Path
    reporter: Reporter

    def range_path(self, begin: int, end: int) -> Path:
        """Return the path for the bytes [begin, end), whether they have been fetched or not."""
        return self.folder / f"{begin}-{end}"

    def fetch(self, begin: int, end: int, what: str) -> None:
        """Make the file `range_path(begin, end)` hold those bytes; no request is made where it does.

        what: the name of the stage that is reported. Raises CannotDownload; the bytes that were received are
        kept, and the next call continues from them.
        """
        path = self.range_path(begin, end)
        if is_whole(path, end - begin):
            return
        from huggingface_hub.utils import WeakFileLock

        with self._saying_which(what), self._writing():
            self.folder.mkdir(parents=True, exist_ok=True)
            # One process downloads; others wait for it and find the file.
            with WeakFileLock(path.with_name(f"{path.name}.lock")):
                if not is_whole(path, end - begin):
                    self._download(PartialFile(path, end - begin), begin, end, what)

    def read(self, begin: int, end: int, what: str) -> bytes:
        """Return the bytes [begin, end), fetched unless they are on the disk. Raises CannotDownload."""
        self.fetch(begin, end, what)
        with self._saying_which(what), self._writing():
            return self.range_path(begin, end).read_bytes()

    def _download(self, part: PartialFile, begin: int, end: int, what: str) -> None:
        check_space(self.folder, end - begin - part.length)
        self.reporter(Download(what, self.path, end - begin, part.length, self.size))

        def report() -> None:
            self.reporter(Stage(what, part.length, end - begin, "B"))

        try:
            report()
            n_failed = n_cleared = 0
            while part.length < end - begin:
                before = part.length
                try:
                    self._ask(part, begin, end, report)
                    again = _AgainError("the server sends fewer bytes than requested")
                except _AgainError as error:
                    again = error
                if part.length < before:
                    n_cleared += 1
                    if n_cleared == MAX_VERSIONS:
                        raise CannotDownload("the server sends different contents each time")
                elif part.length == before:
                    if n_failed == len(WAITS_S):
                        raise CannotDownload(
                            f"{again}; tried {counted(n_failed + 1, 'time')}, try again later"
                        )
                    time.sleep(max(WAITS_S[n_failed], again.wait_s))
                    n_failed += 1
                else:
                    n_failed = 0
            part.finish()
        finally:
            self.reporter(Ended(what))

    def _ask(self, part: PartialFile, begin: int, end: int, report: Callable[[], None]) -> None:
        """Request the missing bytes once and keep what is received. Raises _AgainError and CannotDownload."""
        from huggingface_hub import constants
        from huggingface_hub.errors import OfflineModeIsEnabled
        from huggingface_hub.utils import get_session

        start = begin + part.length
        headers = {
            **self.headers(),
            "Range": f"bytes={start}-{end - 1}",
            "Accept-Encoding": "identity",  # ranges count stored bytes
        }
        try:
            # A redirect to another host is followed without the user's token, and again for each request,
            # since the URLs it leads to expire.
            with get_session().stream(
                "GET",
                self.url,
                headers=headers,
                follow_redirects=True,
                timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
            ) as response:
                answer = Answer.of(response.status_code, response.headers)
                self._check(answer)
                first = answer.first_byte(start, end, self.size)
                if start - first > NEAR:
                    raise CannotDownload(
                        f"the server sends whole files only, {human_size(self.size)} for "
                        f"{human_size(end - begin)}; `hf download {self.repository} {self.path}` fetches it "
                        "whole, and tovec reads it from there"
                    )
                if not part.belongs_to(answer.etag):
                    part.clear()
                    report()
                    return
                # In the pieces that arrive: a larger piece would be lost when the connection breaks.
                chunks = response.iter_bytes()
                self._keep(part, answer.etag, chunks, start - first, end - start, report)
        except OfflineModeIsEnabled as error:
            raise CannotDownload("it has not been downloaded, and HF_HUB_OFFLINE is set") from error
        except transport_error() as error:
            raise _AgainError(f"the connection fails ({line_of(error)})") from error

    def _check(self, answer: Answer) -> None:
        if answer.status in RETRIED:
            why = refusal(answer.status, "", self.repository)
            if answer.wait_s > LONGEST_WAIT_S:
                raise CannotDownload(f"{why}; it asks to wait {answer.wait_s} seconds")
            raise _AgainError(why, answer.wait_s)
        if answer.status not in (200, 206):
            raise CannotDownload(
                refusal(answer.status, answer.headers.get("x-error-code", ""), self.repository)
            )

    def _keep(
        self,
        part: PartialFile,
        etag: str,
        chunks: Iterable[bytes],
        n_skipped: int,
        n_bytes: int,
        report: Callable[[], None],
    ) -> None:
        """Append `n_bytes` of the body that follow its first `n_skipped`; the rest is not read."""
        with part.appending(etag) as append:
            for chunk in chunks:
                wanted = chunk[n_skipped : n_skipped + n_bytes]
                n_skipped = max(n_skipped - len(chunk), 0)
                if wanted:
                    append(wanted)
                    report()
                    n_bytes -= len(wanted)
                if not n_bytes:
                    return

    @contextmanager
    def _saying_which(self, what: str) -> Iterator[None]:
        try:
            yield
        except CannotDownload as error:
            of = self.path if what == self.path else f"{what} in {self.path}"
            raise CannotDownload(f"cannot download {of} of hf:{self.repository}: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or error
            raise CannotDownload(
                f"it cannot be kept in {self.folder} ({reason}); set HF_HOME to another folder"
            ) from error
