"""The page about timelines: its blocks that need a model of the reader's, with one; what a block finds."""

import os
import subprocess
import sys

import pytest
from blocks import blocks
from needs import needs
from pages import LANGUAGES, text_of

import tovec

# What a reader has already, by what the block that needs it has: models and data of their own.
NANOGPT = """
import tovec, torch
from types import SimpleNamespace
itos = {0: "a", 1: "b", 2: "c"}
model = SimpleNamespace(transformer=SimpleNamespace(wte=torch.nn.Embedding(8, 2)))  # padded
iter_num, max_iters, loss = 0, 4, torch.tensor(1.0)
train_step = lambda: None
"""
TRANSFORMERS = """
import torch
from tokenizers import Tokenizer, models
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast, Trainer, TrainingArguments
words = Tokenizer(models.WordLevel({"cat": 0, "dog": 1, "mat": 2, "sat": 3}, "cat"))
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="cat")
model = GPT2LMHeadModel(GPT2Config(
    vocab_size=4, n_positions=4, n_embd=4, n_layer=1, n_head=1, bos_token_id=0, eos_token_id=0
))
dataset = [{"input_ids": torch.tensor([0, 3, 2]), "labels": torch.tensor([0, 3, 2])}] * 8
"""
LIGHTNING = """
import torch
from lightning.pytorch import LightningModule, Trainer
tokens = ["cat", "dog", "mat", "sat"]
class Words(LightningModule):
    def __init__(self):
        super().__init__()
        self.words, self.head = torch.nn.Embedding(4, 3), torch.nn.Linear(3, 4)
    def training_step(self, batch, _):
        return torch.nn.functional.cross_entropy(self.head(self.words(batch)), batch)
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.5)
model = Words()
loader = torch.utils.data.DataLoader(torch.tensor([0, 1, 2, 3]), batch_size=4)
"""
GIVEN = {  # with the libraries that it needs, and the folder that it records into
    "model.transformer.wte": (NANOGPT, ["torch"], "nanogpt"),
    "TransformersCallback": (TRANSFORMERS, ["transformers", "accelerate"], "film-of-my-model"),
    "LightningCallback": (LIGHTNING, ["lightning.pytorch"], "film-of-words"),
}


def the_block(mark, language):
    """Return the code of the one block that has `mark` in it."""
    (code,) = [one.code for one in blocks(text_of(language, "background/timeline.md")) if mark in one.code]
    return code


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mark", GIVEN)
def test_blocks_for_models_of_the_reader_run(tmp_path, mark, language):
    before, libraries, folder = GIVEN[mark]
    for library in libraries:
        needs(library)
    ended = subprocess.run(
        [sys.executable, "-c", before + the_block(mark, language)],
        cwd=tmp_path, env={**os.environ, "HF_HUB_OFFLINE": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    timeline = tovec.open_timeline(tmp_path / folder)
    assert len(timeline) >= 4 and timeline.findings == ()
    assert timeline.n_tokens == (3 if "nano" in folder else 4)


def test_four_words_that_stand_alike_end_alike(tmp_path, monkeypatch):
    needs("torch")
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(the_block('"four-words"', "en"), found)
    timeline = found["timeline"]
    steps = [moment.progress for moment in timeline.moments]
    assert steps[:3] == [0, 1, 2] and steps[-1] == 200
    assert timeline.similarity("cat", "dog")[-1] > max(0.9, *timeline.similarity("cat", "dog")[:5])
    assert timeline.similarity("cat", "dog")[-1] > timeline.similarity("cat", "mat")[-1]
    assert timeline.losses[-1] < timeline.losses[1] / 3
