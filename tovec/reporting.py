"""Where the progress of a call from Python is shown, when the caller names no reporter.

In a notebook it is a line in the cell, which follows the work; elsewhere it goes to the logger `tovec`, as
INFO, and Python shows that only where asked: `logging.basicConfig(level=logging.INFO)`.
"""

import html
import logging
import sys
from collections.abc import Callable
from typing import Any, Protocol

from tovec.progress import Ended, Event, Reporter, Stage, StageLines

LOGGER = logging.getLogger("tovec")


def own_reporter() -> Reporter:
    """Return the reporter of this session: the cell of a notebook, or the logger."""
    show = _notebook_display()
    return LoggingReporter() if show is None else CellReporter(show)


class LoggingReporter:
    """Logs what work reports, a line each; of a stage, one every so often."""

    def __init__(self) -> None:
        self._stages = StageLines(LOGGER.info)

    def __call__(self, event: Event) -> None:
        """Log the event, if anybody reads INFO."""
        if not LOGGER.isEnabledFor(logging.INFO):
            return
        if isinstance(event, (Stage, Ended)):
            self._stages(event)
        else:
            for line in event.line.splitlines():
                LOGGER.info(line)


class Shown(Protocol):
    """What is in a cell and can be exchanged: IPython's DisplayHandle."""

    def update(self, shown: Any) -> object:
        """Show this instead."""


class CellReporter:
    """Shows what work reports in the cell of a notebook that started it: lines, and a bar that moves.

    show: displays a value with `_repr_html_` and returns what exchanges it; nothing is displayed before there
    is something to say.
    """

    def __init__(self, show: Callable[[Any], Shown]) -> None:
        self._show = show
        self._shown: Shown | None = None
        self._cell = _Cell()

    def __call__(self, event: Event) -> None:
        """Show the event."""
        if isinstance(event, Stage):
            self._cell.stage = event
        elif isinstance(event, Ended):
            self._cell.end_stage()
        elif event.line:
            self._cell.lines.extend(event.line.splitlines())
        else:
            return
        if self._shown is None:
            self._shown = self._show(self._cell)
        else:
            self._shown.update(self._cell)


class _Cell:
    """The lines so far and the stage that is going on, for a notebook and, as text, for one without HTML."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.stage: Stage | None = None

    def end_stage(self) -> None:
        """Keep what it said last beside how far it was: the loss of training."""
        if self.stage is not None and self.stage.detail:
            self.lines.append(f"{self.stage.name}: {self.stage.detail}")
        self.stage = None

    def _repr_html_(self) -> str:
        lines = "".join(f"<div>{html.escape(line)}</div>" for line in self.lines)
        if self.stage is None:
            return f"<div>{lines}</div>"
        value = "" if self.stage.total is None else f' value="{self.stage.fraction:.4f}"'
        text = html.escape(self.stage.text)
        return f"<div>{lines}<div><progress{value}></progress> {text}</div></div>"

    def __repr__(self) -> str:
        return "\n".join([*self.lines, *([] if self.stage is None else [self.stage.text])])


def is_in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython: Any = sys.modules.get("IPython")  # who runs in a notebook has it
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _notebook_display() -> Callable[[Any], Shown] | None:
    """Return what displays in the cell that runs; None outside a notebook."""
    return display_in_cell if is_in_notebook() else None


def display_in_cell(value: Any) -> Shown:
    """Display a value in the cell of the notebook that runs."""
    ipython: Any = sys.modules["IPython"]
    handle: Shown = ipython.display.display(value, display_id=True)
    return handle
