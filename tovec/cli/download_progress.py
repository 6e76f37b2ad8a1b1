"""Downloads told on the terminal: what and how much before, a bar while it comes, on standard error."""

from typing import Any

from tovec.cli.shared import say
from tovec.hub import Download, Reporter

WORTH_A_LINE = 10_000_000  # bytes


class DownloadBar(Reporter):
    """A line for each large download before it begins, and a bar for each where there is a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None

    def downloading(self, download: Download) -> None:
        """Say what comes and how large it is, open the bar."""
        from tqdm import tqdm

        if download.n_bytes - download.n_there >= WORTH_A_LINE:
            there = (
                f", {download.n_there / download.n_bytes:.0%} of it came earlier" if download.n_there else ""
            )
            say(f"downloading {download}{there}", err=True)
        # disable=None: no bar where standard error is no terminal.
        self._bar = tqdm(
            total=download.n_bytes,
            initial=download.n_there,
            desc=download.what,
            unit="B",
            unit_scale=True,
            disable=None,
            dynamic_ncols=True,
            leave=False,
        )

    def downloaded(self, n_bytes: int) -> None:
        """Move it, also back."""
        self._bar.update(n_bytes)

    def finished(self) -> None:
        """Close it."""
        self._bar.close()

    def unreachable(self, repository: str, commit: str) -> None:
        """Say which state of it is shown."""
        say(f"the Hub cannot be asked; {repository} is shown as of commit {commit[:7]}", err=True)
