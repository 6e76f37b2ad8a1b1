"""Progress: lines and bars on standard error, which pipes and --json leave alone."""

import time
from contextlib import nullcontext
from typing import Any

from tovec.cli.output import say_beside
from tovec.cli.verbosity import is_quiet, is_verbose
from tovec.progress import Ended, Event, Stage, StageLines, duration

_LASTING = ("reading", "training")  # stages whose bars stay on the screen
_UNITS = {"B": "B", "words": "words", "rows": " rows"}  # as they stand behind a number


class TerminalReporter:
    """A bar for each stage, a line every so often without a terminal, and a line for what else there is.

    With --quiet nothing, with --verbose also how long each stage took.

    done: how many units of each stage have been done here, by its name. rates: of those that have ended, how
    many in a second.
    """

    def __init__(self) -> None:
        self.done: dict[str, float] = {}
        self.rates: dict[str, float] = {}
        self._bar: Any = None
        self._stage: Stage | None = None
        self._first_done = 0.0
        self._began = 0.0
        self._lines = StageLines(self._say)

    def __call__(self, event: Event) -> None:
        """Show the event."""
        if isinstance(event, Stage):
            self._move(event)
        elif isinstance(event, Ended):
            self._end()
        elif not is_quiet():
            for line in event.line.splitlines():
                self._say(line)

    def _move(self, stage: Stage) -> None:
        if self._stage is None or stage.name != self._stage.name:
            self._end()
            self._open(stage)
        self._stage = stage
        self.done[stage.name] = stage.done - self._first_done
        self._bar.total = stage.total
        if stage.detail:
            self._bar.set_postfix_str(stage.detail, refresh=False)
        self._bar.update(stage.done - self._bar.n)  # also back
        if self._bar.disable and not is_quiet():
            self._lines(stage)

    def _open(self, stage: Stage) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            desc=stage.name,
            total=stage.total,
            initial=stage.done,
            unit=_UNITS.get(stage.unit, stage.unit),
            unit_scale=True,
            disable=True if is_quiet() else None,  # None: no bar where standard error is no terminal
            dynamic_ncols=True,
            leave=stage.name in _LASTING,
        )
        self._began, self._first_done = time.perf_counter(), stage.done

    def _end(self) -> None:
        if self._stage is not None:
            seconds = max(time.perf_counter() - self._began, 1e-9)
            self.rates[self._stage.name] = self.done[self._stage.name] / seconds
            self._bar.close()
            if is_verbose():
                self._say(f"{self._stage.name} took {duration(seconds)}")
        self._stage = self._bar = None

    def _say(self, line: str) -> None:
        """Print a line, above the bar where there is one."""
        with nullcontext() if self._bar is None else self._bar.external_write_mode():
            say_beside(line)
