"""A command in a prepared state with a fault at one point: the value afterwards, and that of the next run."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fault_commands import KEPT, NEW, OLD, USERS, USERS_TEXT, Command, listing
from fault_disk import PAGE, on_small_disk, pages
from fault_injection import REMOVING, Ended, Point, in_fork, points_of, value_of

NO_EXCHANGE = "renameat2:error=EINVAL"
_KILL = "signal=KILL"
_UNCHANGED = "nothing has been changed"


@dataclass(frozen=True)
class Fault:
    """A fault to inject. effect: in strace's notation. fits: whether a call can have it."""

    name: str
    effect: str
    fits: Callable[[str], bool] = lambda call: True
    more: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether a call fails with an error that the program gets."""
        return self.effect.startswith("error") or self.is_disk

    @property
    def is_disk(self) -> bool:
        """Whether a small disk causes the fault, not strace."""
        return not self.effect

    def injections(self, point: Point) -> list[str] | None:
        """Return the arguments of strace's `inject`; None where strace is not used."""
        if self.is_disk:
            return None
        return [f"{point.call}:{self.effect}:when={point.n}", *self.more]

    def points(self, case: "Case") -> list[Point]:
        """Return the points of a case at which it can happen."""
        if self.is_disk:
            return [Point("byte", n) for n in range(0, case.n_bytes, PAGE)]
        points = case.points_without_exchange if self.more else case.points
        return [point for point in points if self.fits(point.call)]


def _takes_space(call: str) -> bool:
    return call not in REMOVING and "chmod" not in call


def _needs_permission(call: str) -> bool:
    return not call.startswith(("write", "pwrite", "f", "sendfile", "copy", "sync", "msync"))


FAULTS = (
    Fault("kill -9", _KILL),
    Fault("kill -9, no exchange", _KILL, more=(NO_EXCHANGE,), fits=lambda call: call != "renameat2"),
    Fault("Ctrl+C", "signal=INT"),
    Fault("ENOSPC", "error=ENOSPC", _takes_space),
    Fault("EIO", "error=EIO"),
    Fault("EACCES", "error=EACCES", _needs_permission),
    Fault("full disk", ""),
)


class Outcome(NamedTuple):
    """The outcome of one fault. seen: old, new or kept; problems: one text each, its kind before a colon."""

    command: str
    state: str
    fault: str
    point: str
    seen: str
    problems: list[str]
    seconds: float


@dataclass(frozen=True)
class Case:
    """A command and the state it starts from, a folder that is copied for each run.

    old, new: the values before and after. files: names and digests of all files before, and after a run
    without faults. n_bytes: an upper bound of what a run writes.
    """

    command: Command
    state: str
    inputs: Path
    start: Path
    old: str | None
    new: str | None
    files: tuple[dict[str, str], dict[str, str]]
    points: list[Point]
    points_without_exchange: list[Point]
    n_bytes: int

    @staticmethod
    def states(command: Command) -> tuple[str, ...]:
        """Return the states that a command may start from."""
        if command.keeps:
            return ("nothing",)
        killed = ("killed", "old, killed") if command.goes_on else ()
        return ("nothing", "old", "user's file", "user's file, broken off", *killed)

    @classmethod
    def of(cls, command: Command, state: str, inputs: Path, folder: Path) -> "Case":
        """Prepare a case in `folder`."""
        start = folder / "states" / command.name.replace("/", "-") / state
        start.mkdir(parents=True)
        _prepare(command, state, inputs, start)
        more = command.goes_on if "killed" in state else ()
        place = folder / "count"

        def points(*injections: str) -> list[Point]:
            _copy(start, place)
            return points_of(partial(command.run, NEW, inputs, place, *more), place, injections)

        calls, without = points(), points(NO_EXCHANGE) if command.is_folder else []
        new = value_of(partial(command.look, place / command.dest))
        _copy(start, place)
        before = listing(place, command.same_bytes)
        old = value_of(partial(command.look, place / command.dest))
        _must_succeed(in_fork(partial(command.run, NEW, inputs, place, *more)))
        after = listing(place, command.same_bytes)
        n_bytes = 4 * _size(place) if command.is_run else 2 * _size(place)  # with work files, or journals
        return cls(command, state, inputs, start, old, new, (before, after), calls, without, n_bytes)

    def tried(self, fault: Fault, point: Point, folder: Path) -> Outcome:
        """Return the outcome of a fault in `folder`, or on a disk there with `point.n` free bytes."""
        if not fault.is_disk:
            return self.broken_by(fault, point, folder)
        folder.mkdir(exist_ok=True)
        use = partial(self.broken_by, fault, point, folder / "disk")
        return on_small_disk(use, folder, max(PAGE, _size(self.start) + point.n))

    def broken_by(
        self, fault: Fault, point: Point, folder: Path, repair: Callable[[], None] = lambda: None
    ) -> Outcome:
        """Run in `folder` with a fault at `point`, read the value, `repair` what broke, and run again."""
        _copy(self.start, folder)
        more = self.command.goes_on if "killed" in self.state else ()
        ended = in_fork(partial(self.command.run, NEW, self.inputs, folder, *more), fault.injections(point))
        seen, problems = self._look(folder)
        if fault.effect != _KILL or ended.status is None:
            problems += self._message_problems(fault, ended, seen)
            if point.call not in REMOVING and not self.command.is_run:
                problems += self._left_behind(folder, ended)
        repair()
        # A run is resumed only where the folder holds nothing but its own files; elsewhere it starts again.
        again = self.command.goes_on if self.state in ("nothing", "killed", "old, killed") else ()
        broken, ended = ended, in_fork(partial(self.command.run, NEW, self.inputs, folder, *again))
        if ended.status != 0:
            problems.append(f"next run fails: {ended.status}, {ended.errors.strip()[-400:]}")
        elif listing(folder, self.command.same_bytes) != self.files[1] or not self.command.same_bytes:
            after, _ = self._look(folder)
            wrong = [f"next run fails: it gives {after}"] if after != "new" else []
            both = ended._replace(errors=broken.errors + ended.errors)
            problems += wrong or self._left_behind(folder, both)
        problems += self._users_files_lost(folder)
        where = f"{point.call} {point.n}"
        return Outcome(
            self.command.name, self.state, fault.name, where, seen, problems, broken.seconds + ended.seconds
        )

    def _look(self, folder: Path) -> tuple[str, list[str]]:
        try:
            found = value_of(partial(self.command.look, folder / self.command.dest))
        except RuntimeError as error:
            return "a crash", [f"mixture: {error}"]
        if found == self.new:
            return "new", []
        if found == self.old:
            return "old", []
        if found == KEPT:
            return "kept", []
        return "mixture", [f"mixture: {'nothing opens' if found is None else 'a third value'}"]

    def _message_problems(self, fault: Fault, ended: Ended, seen: str) -> list[str]:
        """Return what is wrong with how a run with a fault ended."""
        lines = ended.errors.strip().splitlines()
        last = lines[-1] if lines else ""
        if ended.status is None:
            return ["message: it does not end"]
        if ended.status == 0:
            return [] if seen in ("new", "kept") else [f"message: status 0, but the value is {seen}"]
        problems = []
        status, begins = (1, "Error: ") if fault.is_error else (130, "")
        if ended.status != status or not last.startswith(begins) or "Traceback" in ended.errors:
            problems.append(f"message: {ended.status}, {last[:300]}")
        if _UNCHANGED in last and seen != "old":
            problems.append(f"message: {last[:300]}; but the value is {seen}")
        return problems

    def _left_behind(self, folder: Path, ended: Ended) -> list[str]:
        """Return the files that were not there before and do not belong to the new value."""
        before, after = self.files
        found = listing(folder, self.command.same_bytes)
        if found == after or (ended.status != 0 and found == before):
            return []
        others = sorted(found.keys() - after.keys() - (before.keys() if ended.status else set()))
        missing = sorted((before if ended.status else after).keys() - found.keys())
        changed = sorted(name for name in found.keys() & after.keys() if found[name] != after[name])
        if ended.status and not others:
            return []  # a mixture is reported as one
        if not others and not changed and "the snapshot at" in ended.errors:
            return []  # the run has reported that it goes on without that snapshot
        return [f"left behind: {others[:4]}, missing {missing[:4]}, different {changed[:4]}"]

    def _users_files_lost(self, folder: Path) -> list[str]:
        if "user" not in self.state:
            return []
        lost = [
            str(place)
            for place in _users_places(self.command)
            if not (folder / place).is_file() or (folder / place).read_bytes() != USERS_TEXT
        ]
        return [f"user's file lost: {name}" for name in lost]


def _size(folder: Path) -> int:
    return sum(pages(path.stat().st_size) for path in folder.rglob("*") if path.is_file())


def _prepare(command: Command, state: str, inputs: Path, folder: Path) -> None:
    if state not in ("nothing", "killed"):
        _must_succeed(in_fork(partial(command.run, OLD, inputs, folder)))
    if "user" in state:
        for place in _users_places(command):
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_bytes(USERS_TEXT)
    run = partial(command.run, NEW, inputs, folder)
    if "killed" in state:
        _kill_after_a_checkpoint(run, folder)
    if "broken off" in state:
        _kill_at_last_rename(partial(command.run, OLD, inputs, folder), folder)


def _users_places(command: Command) -> list[Path]:
    return (
        [Path(command.dest, USERS), Path(command.dest, "mine", USERS)] if command.is_folder else [Path(USERS)]
    )


def _kill_after_a_checkpoint(run: Callable[[], None], folder: Path) -> None:
    """Kill a run in the middle, at a point where it has left a checkpoint."""
    kept = folder.with_name("before")
    _copy(folder, kept)
    points = points_of(run, folder)
    for point in points[len(points) // 2 :]:
        _copy(kept, folder)
        in_fork(run, [f"{point.call}:signal=KILL:when={point.n}"])
        if list(folder.rglob("checkpoint.safetensors")):
            shutil.rmtree(kept)
            return
    raise RuntimeError("no kill leaves a checkpoint")


def _kill_at_last_rename(run: Callable[[], None], folder: Path) -> None:
    """Kill a run before the last rename that puts its result in the place of the old one."""
    kept = folder.with_name("before")
    _copy(folder, kept)
    renames = [point for point in points_of(run, folder) if point.call.startswith("rename")]
    _copy(kept, folder)
    shutil.rmtree(kept)
    in_fork(run, [f"{renames[-1].call}:signal=KILL:when={renames[-1].n}"])


def _copy(folder: Path, place: Path) -> None:
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(folder, place, symlinks=True)


def _must_succeed(ended: Ended) -> None:
    if ended.status != 0:
        raise RuntimeError(f"it fails without a fault, {ended.status}: {ended.errors}")
