"""A language model in training: batches of blocks, each a step; see Objective.

It imports torch, as the network does; factory.py imports it when it makes one.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from tovec.embedding import Embedding
from tovec.language_model.network.shape import LlamaShape
from tovec.language_model.network.transformer import Llama, initialize
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Ids
from tovec.training.config import RunConfig
from tovec.training.language_model.baselines import Validation, baselines, bytes_of_target
from tovec.training.language_model.loss import next_token_loss
from tovec.training.language_model.optimizer import Optimizer
from tovec.training.language_model.precision import fast_products
from tovec.training.language_model.stream import Blocks, Stream, block_order
from tovec.training.objective import OnStep, ShouldStop, Table
from tovec.training.sizes import SIZES
from tovec.vectors.llama_tensors import INPUT, OUTPUT


class LanguageModel:
    """A network, its optimizer, and the stream that it learns to continue; see Objective.

    arrays: all parameters by Llama's names and what the optimizer keeps; on a GPU copies, which are brought
    up to date whenever `run` ends.
    """

    def __init__(
        self,
        corpus: Corpus,
        config: RunConfig,
        shape: LlamaShape,
        folder: Path,
        validation: Corpus | None,
        old: Embedding | None,
    ) -> None:
        assert shape.end_of_text is not None and config.size is not None
        self.shape, self._config, self._vocabulary = shape, config, corpus.vocabulary
        self.device = torch.device(config.device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._stream = Stream.of(corpus, shape.end_of_text, folder)
        self._held_out = None if validation is None else Stream.of(validation, shape.end_of_text)
        self._length = self._stream.block_length(shape.context)
        self._n_blocks = self._stream.n_blocks(self._length)
        self._batch = SIZES[config.size].blocks_of(self._length, self._n_blocks)
        self._epoch = -1  # whose order is made
        self.network = Llama(shape)
        initialize(self.network, config.seed)
        if old is not None:
            self._begin_with(old)
        self.network.to(self.device)
        # Other processors than this one may multiply float32 alone, and are to give the same bytes.
        self._products = None if config.deterministic else fast_products(self.device)
        self._optimizer = Optimizer(
            self.network, config.learning_rate, config.epochs * self.n_steps, self._products
        )
        self._tensors = {**self.network.tensors(), **self._optimizer.state()}
        self.arrays: Mapping[str, NDArray[Any]] = {
            name: tensor.cpu().numpy() for name, tensor in self._tensors.items()
        }

    def _begin_with(self, old: Embedding) -> None:
        """Take the numbers of `old`; tokens that it does not have keep their first ones."""
        tables = {INPUT: old.vectors} if old.outputs is None else {INPUT: old.vectors, OUTPUT: old.outputs}
        tensors = self.network.tensors()
        given = {name: torch.from_numpy(np.array(array)) for name, array in old.state.items()}
        for name, table in tables.items():
            rows = tensors[name].clone()
            rows[: len(old)] = torch.from_numpy(np.asarray(table[:], dtype=np.float32))
            given[name] = rows
        self.network.load(given)

    @property
    def n_steps(self) -> int:
        """The steps of one epoch."""
        return -(-self._n_blocks // self._batch)

    def run(self, first: int, stop: int, on_step: OnStep, should_stop: ShouldStop) -> None:
        """Take steps `first` to `stop`; see Objective."""
        self._upload()
        try:
            with self._threads():
                for step in range(first, stop):
                    if should_stop():
                        break
                    epoch, number = divmod(step, self.n_steps)
                    on_step(epoch, *self._step(step, self._blocks_of(epoch, number)))
        finally:
            self._download()

    def _step(self, step: int, blocks: Blocks) -> tuple[float, int]:
        """Learn from some blocks; return the sum of the losses, and of how many targets."""
        self.network.zero_grad(set_to_none=True)
        loss, n = self._loss(blocks, self._products), blocks.n_targets
        (loss / n).backward()
        self._optimizer.step(step)
        return loss.item(), n

    def _loss(self, blocks: Blocks, products: torch.dtype | None = None) -> torch.Tensor:
        """Return the sum of the losses of all targets. products: what is multiplied; None: float32."""
        ids, targets = (torch.from_numpy(array).to(self.device) for array in (blocks.ids, blocks.targets))
        first = torch.from_numpy(blocks.first).to(self.device) if blocks.first.any() else None
        with torch.autocast(self.device.type, products, enabled=products is not None):
            vectors = self.network(ids, first)
        return next_token_loss(
            vectors.flatten(0, 1).to(self.network.outputs.dtype),
            self.network.outputs,
            targets.flatten(),
            products,
        )

    def _blocks_of(self, epoch: int, number: int) -> Blocks:
        """Return the blocks of a step of an epoch."""
        order, shift = self._order(epoch)
        mine = order[number * self._batch : (number + 1) * self._batch]
        return self._stream.blocks(mine, self._length, shift)

    def _order(self, epoch: int) -> tuple[NDArray[np.int64], int]:
        if self._epoch != epoch:
            self._epoch_order = block_order(self._stream, self._length, self._config.seed, epoch)
            self._epoch = epoch
        return self._epoch_order

    @contextmanager
    def _threads(self) -> Iterator[None]:
        """Compute on the threads of the settings: on one where the result must not depend on their number."""
        before = torch.get_num_threads()
        wanted = 1 if self._config.deterministic else self._config.threads or os.cpu_count() or 1
        torch.set_num_threads(wanted)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def _upload(self) -> None:
        """Give a GPU what the arrays hold, as a checkpoint may have filled them."""
        for name, tensor in self._on_gpu():
            tensor.copy_(torch.from_numpy(self.arrays[name]))

    def _download(self) -> None:
        for name, tensor in self._on_gpu():
            self.arrays[name][...] = tensor.cpu().numpy()

    def _on_gpu(self) -> Iterator[tuple[str, torch.Tensor]]:
        yield from () if self.device.type == "cpu" else self._tensors.items()

    def vectors(self) -> Table:
        """Return the input table, (n_tokens, dim), a copy; tokens that never occur are as they began."""
        return self.rows_of(np.arange(self.shape.n_tokens, dtype=np.int32))

    def rows_of(self, ids: Ids) -> Table:
        """Return rows of the input table; see Objective."""
        rows = self.network.inputs.detach()[torch.from_numpy(ids.astype(np.int64)).to(self.device)]
        found: Table = rows.cpu().numpy()
        return found

    def outputs(self) -> Table | None:
        """Return the output table, a copy; None where the input table is the output table too."""
        return None if self.shape.tied else self.network.outputs.detach().cpu().numpy().copy()

    def state(self) -> dict[str, NDArray[Any]]:
        """Return all other parameters by Llama's names, copies."""
        return {
            name: tensor.cpu().numpy().copy()
            for name, tensor in self.network.tensors().items()
            if name not in (INPUT, OUTPUT)
        }

    def ngram_table(self) -> None:
        """Return None: tokens have no rows but their own."""

    def validation_loss(self) -> float | None:
        """Return the mean loss of the held-out text, end of texts included; None without any."""
        held_out = self._held_out
        if held_out is None:
            return None
        length = held_out.block_length(self.shape.context)
        loss, n, n_blocks = 0.0, 0, held_out.n_blocks(length)
        with torch.no_grad(), self._threads():
            for begin in range(0, n_blocks, self._batch):
                numbers = np.arange(begin, min(begin + self._batch, n_blocks))
                blocks = held_out.blocks(numbers, length)
                loss, n = loss + self._loss(blocks).item(), n + blocks.n_targets
        return loss / n

    def facts(self, validation_loss: float | None) -> dict[str, Any]:
        """Return the configuration of the network, and what it reached on held-out text; see Objective."""
        facts: dict[str, Any] = {"model": self.shape.config()}
        if validation_loss is not None:
            facts["validation"] = self._validation.facts(validation_loss)
        return facts

    @cached_property
    def _validation(self) -> Validation:
        assert self._held_out is not None
        counted = baselines(self._stream, self._held_out, self.shape.n_tokens)
        return Validation(counted, bytes_of_target(self._held_out, self._vocabulary))
