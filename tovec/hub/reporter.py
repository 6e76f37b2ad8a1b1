"""What a download tells whoever waits for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Download:
    """What is about to be downloaded: `n_bytes` of the file `file`, `n_there` of which came earlier.

    what: a tensor's name, or the file's own. of_bytes: the size of the file it is a part of.
    """

    what: str
    file: str
    n_bytes: int
    n_there: int
    of_bytes: int

    def __str__(self) -> str:
        if self.n_bytes == self.of_bytes:
            return f"{self.what}: {human_size(self.n_bytes)}"
        return f"{self.what}: {human_size(self.n_bytes)} of {human_size(self.of_bytes)} in {self.file}"


class Reporter:
    """Told what is downloaded, from the calling thread. This one says nothing."""

    def downloading(self, download: Download) -> None:
        """A download begins; nothing of it has been asked for yet, so raising here stops it."""

    def downloaded(self, n_bytes: int) -> None:
        """So many bytes more have come; fewer than none when what came has to be fetched again."""

    def finished(self) -> None:
        """The download has ended, well or not."""

    def unreachable(self, repository: str, commit: str) -> None:
        """The Hub cannot be asked what is newest; `commit` was when it last could."""


def human_size(n_bytes: int) -> str:
    """Return a size as people say it, in powers of a thousand: `640 bytes`, `33.4 MB`, `1.05 GB`."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if n_bytes >= unit:
            return f"{n_bytes / unit:.3g} {name}"
    return f"{n_bytes} bytes"
