"""A language model's training beside a plain GPT in torch of the same size: tokens per second, loss, memory.

Usage: python benchmarks/language_model.py [--size SIZE] [--epochs N] [--megabytes N] [--threads N]
           [--device cpu|cuda] [CORPUS]
Both have the same tokenizer, dim, layers, heads, blocks of ids and threads; what the plain one does else is
in plain_gpt.py. A tenth of the text is held out. They take turns of some steps. The plain one takes as many
steps as it can in the time of ours, so the losses are those at equal time.
Ratios are those of tokens per second in turns beside each other, the median of all; those of CPU seconds
mean more on a busy machine. Memory is the peak of some steps in a process of its own, beyond what it had
before them; of the processor, also where a GPU computes, and measured on Linux alone.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from common import beginning_of, report, run_program
from common import corpus as corpus_path
from plain_gpt import PlainGPT, PlainTraining

from tovec.text.corpus import Corpus, VocabularyRules, build_corpus
from tovec.text.in_memory import Texts
from tovec.text.tokenizers import tokenizer_from_name
from tovec.training.config import RunConfig, TrainConfig
from tovec.training.language_model.factory import LanguageModelFactory
from tovec.training.language_model.objective import LanguageModel
from tovec.training.language_model.stream import Blocks, Stream, block_order

TURN = 10  # steps
HELD_OUT = 10  # each such document

# Arguments: those of the command, the program that is measured. Prints MB.
MEMORY = """
import sys
sys.path.insert(0, sys.argv[1])
from language_model import print_memory
print_memory(sys.argv[2], sys.argv[3:])
"""


class Ours:
    """Training by tovec."""

    name = "tovec"

    def __init__(self, text: "Text", config: RunConfig) -> None:
        factory = LanguageModelFactory(text.corpus, config, None)
        self.model: LanguageModel = factory.create(text.folder, text.held_out)
        self.total = self.model.n_steps * config.epochs

    def turn(self, first: int, stop: int) -> int:
        """Take steps; return how many ids were learned from."""
        n_ids = 0

        def on_step(_epoch: int, _loss: float, n: float) -> None:
            nonlocal n_ids
            n_ids += int(n)

        self.model.run(first, stop, on_step, lambda: False)
        return n_ids

    def validation_loss(self) -> float:
        """Return the mean loss of the held-out text."""
        loss = self.model.validation_loss()
        assert loss is not None
        return loss

    @property
    def n_parameters(self) -> int:
        """How many numbers are learned."""
        return self.model.shape.n_parameters


class Plain:
    """The plain loop with the blocks that `ours` has. total: steps."""

    name = "plain"

    def __init__(self, text: "Text", config: RunConfig, ours: Ours, total: int) -> None:
        shape = ours.model.shape
        self._device, self._config = ours.model.device, config
        torch.manual_seed(config.seed)
        network = PlainGPT(shape.n_tokens, shape.dim, shape.layers, shape.heads, shape.context)
        self.training = PlainTraining(network.to(self._device), total)
        assert shape.end_of_text is not None
        self._stream, self._held_out = (
            Stream.of(corpus, shape.end_of_text) for corpus in (text.corpus, text.held_out)
        )
        self._length = self._stream.block_length(shape.context)
        n_blocks = self._stream.n_blocks(self._length)
        self._n_steps = ours.model.n_steps
        self._batch = -(-n_blocks // self._n_steps)
        self.total = total

    def turn(self, first: int, stop: int) -> int:
        """Take steps; return how many ids were learned from."""
        n_ids = 0
        for step in range(first, stop):
            epoch, number = divmod(step, self._n_steps)
            order, shift = block_order(self._stream, self._length, self._config.seed, epoch)
            mine = order[number * self._batch : (number + 1) * self._batch]
            blocks = self._stream.blocks(mine, self._length, shift)
            self.training.step(step, *self._tensors(blocks))
            n_ids += blocks.n_targets
        return n_ids

    def validation_loss(self) -> float:
        """Return the mean loss of the held-out text."""
        loss, n = 0.0, 0
        with torch.no_grad():
            for number in range(self._held_out.n_blocks(self._length)):
                blocks = self._held_out.blocks(torch.tensor([number]).numpy(), self._length)
                loss += self.training.network.loss(*self._tensors(blocks), reduction="sum").item()
                n += blocks.n_targets
        return loss / n

    def _tensors(self, blocks: Blocks) -> tuple[torch.Tensor, torch.Tensor]:
        ids, targets = torch.from_numpy(blocks.ids), torch.from_numpy(blocks.targets)
        return ids.to(self._device), targets.to(self._device)

    @property
    def n_parameters(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.training.network.parameters())


class Text:
    """A text, cut by a tokenizer that was trained on it, and the part that is held out."""

    def __init__(self, path: Path, megabytes: float | None, folder: Path) -> None:
        self.folder = folder
        if megabytes:
            path = beginning_of(path, megabytes, folder)
        lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()]
        learned = [line for number, line in enumerate(lines, start=1) if number % HELD_OUT]
        recipe = tokenizer_from_name("bpe:4000")
        rules = VocabularyRules(1)
        self.corpus: Corpus = build_corpus(
            Texts(learned), recipe, folder / "learned", rules, end_of_text=True
        )
        self.held_out: Corpus = build_corpus(
            Texts(lines[HELD_OUT - 1 :: HELD_OUT]),
            self.corpus.tokenizer,
            *(folder / "held_out", rules),
            end_of_text=True,
        )


def main() -> None:
    """Compare them."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        text = Text(corpus_path(given.corpus), given.megabytes, Path(folder))
        config = _config(given)
        torch.set_num_threads(given.threads)
        share = _speed(Plain(text, config, Ours(text, config), 100)) / _speed(Ours(text, config))
        ours = Ours(text, config)
        both: list[Ours | Plain] = [ours, Plain(text, config, ours, round(ours.total * share))]
        rows = _alternate(both)
    for row, one in zip(rows, both, strict=True):
        row["MB"] = run_program(MEMORY, Path(__file__).parent, one.name, *_as_list(given))
    report("language-model", rows)


def _alternate(both: "list[Ours | Plain]") -> list[dict[str, object]]:
    """Let both take their steps in turns; return a row each."""
    n_turns = max(1, both[0].total // TURN)
    speeds: list[list[tuple[float, float]]] = [[], []]
    seconds = [0.0, 0.0]
    for turn in range(n_turns):
        for number, one in enumerate(both):
            first, stop = (one.total * at // n_turns for at in (turn, turn + 1))
            n_ids, taken, cpu = _clocked(partial(one.turn, first, stop))
            seconds[number] += taken
            speeds[number].append((n_ids / taken, n_ids / cpu))
    rows: list[dict[str, object]] = []
    for number, one in enumerate(both):
        ratios = [
            [mine[clock] / plain[clock] for mine, plain in zip(speeds[number], speeds[1], strict=True)]
            for clock in (0, 1)
        ]
        rows.append(
            {
                "training": one.name,
                "parameters": one.n_parameters,
                "steps": one.total,
                "seconds": seconds[number],
                "tokens/s": statistics.median(speed for speed, _ in speeds[number]),
                "x plain": statistics.median(ratios[0]),
                "x plain, CPU s": statistics.median(ratios[1]),
                "validation loss": one.validation_loss(),
            }
        )
    return rows


def _clocked(run: Callable[[], int]) -> tuple[int, float, float]:
    """Return what `run` returns, its seconds, and those of all threads together."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    start, cpu = time.perf_counter(), time.process_time()
    n_ids = run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return n_ids, time.perf_counter() - start, time.process_time() - cpu


def _speed(one: "Ours | Plain") -> float:
    """Return tokens per CPU second, or per second where a GPU computes."""
    one.turn(0, 3)
    n_ids, taken, cpu = _clocked(lambda: one.turn(3, 3 + TURN))
    return n_ids / (taken if torch.cuda.is_available() else cpu)


def print_memory(name: str, arguments: list[str]) -> None:
    """Print how many MB more than before training a process has had in some steps."""
    given = _arguments(arguments)
    with tempfile.TemporaryDirectory() as folder:
        text, config = Text(corpus_path(given.corpus), given.megabytes, Path(folder)), _config(given)
        torch.set_num_threads(given.threads)
        ours = Ours(text, config)
        one = ours if name == Ours.name else Plain(text, config, ours, 100)
        Path("/proc/self/clear_refs").write_text("5")  # begins a new peak
        before = _status("VmRSS")
        one.turn(0, 5)
        print(json.dumps(round(_status("VmHWM") - before)))


def _status(name: str) -> float:
    """Return what Linux says of the memory of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _config(given: argparse.Namespace) -> RunConfig:
    config = TrainConfig(
        objective="language-model", size=given.size, device=given.device, threads=given.threads, seed=1
    )
    return config.with_values({"learning_rate": 0.02, "epochs": given.epochs, "min_count": 1})


def _arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", nargs="?", default="factbook.txt")
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--megabytes", type=float)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cpu")
    return parser.parse_args(arguments)


def _as_list(given: argparse.Namespace) -> list[str]:
    options = [(f"--{name}", value) for name, value in vars(given).items() if name != "corpus" and value]
    return [str(part) for option in options for part in option] + [given.corpus]


if __name__ == "__main__":
    main()
