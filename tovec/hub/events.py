"""What a download reports beside how far it is."""

from dataclasses import dataclass

from tovec.progress import Event

WORTH_A_LINE = 10_000_000  # bytes


@dataclass(frozen=True)
class Download(Event):
    """A download begins: `n_bytes` of the file `file`, `n_there` of which came earlier.

    what: a tensor's name, or the file's own. of_bytes: the size of the file it is a part of. Nothing has been
    requested yet, so a reporter that raises here stops it.
    """

    what: str
    file: str
    n_bytes: int
    n_there: int
    of_bytes: int

    @property
    def line(self) -> str:
        """What comes and how large it is; nothing for a small file."""
        if self.n_bytes - self.n_there < WORTH_A_LINE:
            return ""
        there = f", {self.n_there / self.n_bytes:.0%} of it came earlier" if self.n_there else ""
        return f"downloading {self}{there}"

    def __str__(self) -> str:
        if self.n_bytes == self.of_bytes:
            return f"{self.what}: {human_size(self.n_bytes)}"
        return f"{self.what}: {human_size(self.n_bytes)} of {human_size(self.of_bytes)} in {self.file}"


@dataclass(frozen=True)
class Unreachable(Event):
    """The Hub cannot be asked what is newest; `commit` was when it last could."""

    repository: str
    commit: str

    @property
    def line(self) -> str:
        """Which state is used instead."""
        return f"the Hub cannot be asked; {self.repository} is shown as of commit {self.commit[:7]}"


def human_size(n_bytes: int) -> str:
    """Return a size as people say it, in powers of a thousand: `640 bytes`, `33.4 MB`, `1.05 GB`."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if n_bytes >= unit:
            return f"{n_bytes / unit:.3g} {name}"
    return f"{n_bytes} bytes"
