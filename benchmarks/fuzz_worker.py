"""Opens the mutants of one reader one by one in a process of its own, with limits on memory and time."""

import hashlib
import mmap
import os
import resource
import shutil
import signal
import struct
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from fault_injection import Fork, scratch
from fuzz_mutations import mutant

MEMORY = (
    1 << 30
)  # bytes that a process may use in addition to those at its start; the files have some kilobytes
SECONDS = 10.0  # for one mutant
AGAIN = 8  # one of this many that open is opened again and must give the same numbers
COUNTS = ("opened", "refused", "stray", "crashes", "over memory", "over time", "varies")
_NEXT = len(COUNTS)


@dataclass(frozen=True)
class Target:
    """A reader and what it opens. by: tovec or another library. files: of a folder; names: those to change.

    use: opens a path, reads it, and returns a digest of all its numbers. refused: the errors with which it
    refuses a file. check: returns what is wrong with the message of an error, "" if nothing.
    """

    reader: str
    by: str
    files: Mapping[str, bytes]
    names: Sequence[str]
    use: Callable[[Path], str]
    refused: tuple[type[BaseException], ...]
    source: str = "."
    check: Callable[[BaseException], str] = field(default=lambda error: "")
    share: float = 1.0


class _Shared:
    """Counters that survive the crash of a process."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8 * (len(COUNTS) + 1))

    def __getitem__(self, place: int) -> int:
        return int(struct.unpack_from("<q", self._memory, 8 * place)[0])

    def __setitem__(self, place: int, value: int) -> None:
        struct.pack_into("<q", self._memory, 8 * place, value)

    def count(self, name: str) -> None:
        self[COUNTS.index(name)] += 1


@dataclass
class Found:
    """The results of the mutants of a target. lines: one for each failure, with the number of its mutant."""

    reader: str
    by: str
    mutants: int
    counts: dict[str, int]
    seconds: float
    lines: list[str]


def fuzz(
    target: Target, donors: Sequence[bytes], mutants: int, seed: int, keep: Path | None, first: int = 0
) -> Found:
    """Open mutants `first` to `mutants` of a target; keep those that fail under the folder `keep`."""
    shared, start = _Shared(), time.perf_counter()
    shared[_NEXT] = first
    with scratch() as folder:
        lines = folder / "lines"
        lines.touch()
        while (begun := shared[_NEXT]) < mutants:
            process = Fork(lambda: _open_all(target, donors, mutants, seed, shared, folder), folder)
            process.go()
            ended = process.ended(30 * 24 * 3600.0)
            if ended.status == 0:
                break
            number = shared[_NEXT]
            kind = "over time" if ended.status == -signal.SIGALRM else "crashes"
            shared.count(kind)
            _note(lines, f"{kind}: mutant {number}, status {ended.status} {ended.errors.strip()[-200:]}")
            if number == begun and ended.status is not None and ended.status > 0:
                raise RuntimeError(f"{target.reader}: the worker ends with {ended.status}: {ended.errors}")
            shared[_NEXT] = number + 1
        failures = lines.read_text(errors="backslashreplace").splitlines()
    if keep is not None:
        _keep(target, donors, seed, failures, keep)
    counts = {name: shared[place] for place, name in enumerate(COUNTS)}
    seconds = time.perf_counter() - start
    return Found(target.reader, target.by, mutants - first, counts, seconds, failures)


def mutant_of(target: Target, donors: Sequence[bytes], seed: int, number: int) -> dict[str, bytes]:
    """Return the files of a mutant, which depend only on the seed, the reader and the number."""
    rng = Random(f"{seed}/{target.reader}/{number}")
    return mutant(target.files, target.names, donors, rng)


def _open_all(
    target: Target, donors: Sequence[bytes], mutants: int, seed: int, shared: _Shared, folder: Path
) -> None:
    """In the worker process: open mutants from the next one on."""
    _limit_memory()
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=_tovec_warning())
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process, even within a library's loop
    place = folder / "mutant"
    for number in range(shared[_NEXT], mutants):
        shared[_NEXT] = number
        write(mutant_of(target, donors, seed, number), place)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        kind, line = _opened(target, place / target.source, number)
        signal.setitimer(signal.ITIMER_REAL, 0)
        shared.count(kind)
        if line:
            _note(folder / "lines", f"{kind}: mutant {number}, {line}")
    shared[_NEXT] = mutants


def _opened(target: Target, path: Path, number: int) -> tuple[str, str]:
    """Return the result of one mutant, and a line if it is a failure."""
    try:
        found = target.use(path)
        if number % AGAIN == 0 and target.use(path) != found:
            return "varies", "opened twice, it gives different numbers"
    except MemoryError as error:
        return "over memory", f"MemoryError: {str(error)[:200]}"
    except target.refused as error:
        wrong = target.check(error)
        return ("stray", wrong) if wrong else ("refused", "")
    except BaseException as error:
        if "alloc" in str(error).lower() or type(error).__name__ == "ArrowMemoryError":
            return "over memory", f"{type(error).__name__}: {str(error)[:200]}"
        return "stray", f"{type(error).__name__}: {str(error)[:200]!r} at {_place(error)}"
    return "opened", ""


def _place(error: BaseException) -> str:
    """Return the line of Python that raised an error."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return "?"
    return f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a folder, and remove others from it."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def digest(*parts: bytes) -> str:
    """Return a digest of bytes."""
    hasher = hashlib.blake2b(digest_size=16)
    for part in parts:
        hasher.update(part)
    return hasher.hexdigest()


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tovec_warning() -> type[Warning]:
    from tovec.errors import TovecWarning

    return TovecWarning


def _note(lines: Path, line: str) -> None:
    with lines.open("a") as file:
        file.write(" ".join(line.split()) + "\n")
    sys.stdout.flush()


def _keep(target: Target, donors: Sequence[bytes], seed: int, failures: Sequence[str], keep: Path) -> None:
    for line in failures:
        number = int(line.partition("mutant ")[2].split(",")[0].split()[0])
        place = keep / f"{target.reader} by {target.by}".replace("/", "-") / str(number)
        place.parent.mkdir(parents=True, exist_ok=True)
        write(mutant_of(target, donors, seed, number), place)
        (place.parent / f"{number}.txt").write_text(line + "\n")
