"""Every code block of the page about timelines runs; the Korean page has the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from needs import needs
from test_readme import as_run_here, blocks, commands

import tovec

DOCUMENTS = ("docs/en/background/timeline.md", "docs/ko/background/timeline.md")

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


def needed_by(code):
    """Return the entry of GIVEN that a block needs, None for one that needs nothing."""
    return next((given for mark, given in GIVEN.items() if mark in code), None)


def run(language, code, folder, **more):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    interpreter = ["bash", "-euc"] if language == "sh" else [sys.executable, "-c"]
    ended = subprocess.run(
        [*interpreter, as_run_here(code) if language == "sh" else code],
        cwd=folder, env={**os.environ, "PATH": path, **more}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, f"{code}\n{ended.stdout}\n{ended.stderr}"


@pytest.mark.slow
def test_the_blocks_run_one_after_the_other(tmp_path):
    needs("torch")
    (tmp_path / "README.md").write_text(
        "the cat sat on a mat. a dog saw the cat.\n" * 50
    )  # trains in a moment
    for language, code in blocks(DOCUMENTS[0]):
        if needed_by(code) is None:
            run(language, code, tmp_path, PYTHONWARNINGS="error")


@pytest.mark.slow
@pytest.mark.parametrize("mark", GIVEN)
def test_blocks_for_models_of_the_reader_run(tmp_path, mark):
    before, libraries, folder = GIVEN[mark]
    for library in libraries:
        needs(library)
    (code,) = [code for _, code in blocks(DOCUMENTS[0]) if mark in code]
    run("python", before + code, tmp_path, HF_HUB_OFFLINE="1")
    timeline = tovec.open_timeline(tmp_path / folder)
    assert len(timeline) >= 4 and timeline.findings == ()
    assert timeline.n_tokens == (3 if "nano" in folder else 4)


def test_four_words_that_stand_alike_end_alike(tmp_path, monkeypatch):
    needs("torch")
    monkeypatch.chdir(tmp_path)
    (code,) = [code for _, code in blocks(DOCUMENTS[0]) if '"four-words"' in code]
    found = {}
    exec(code, found)
    timeline = found["timeline"]
    steps = [moment.progress for moment in timeline.moments]
    assert steps[:3] == [0, 1, 2] and steps[-1] == 200
    assert timeline.similarity("cat", "dog")[-1] > max(0.9, *timeline.similarity("cat", "dog")[:5])
    assert timeline.similarity("cat", "dog")[-1] > timeline.similarity("cat", "mat")[-1]
    assert timeline.losses[-1] < timeline.losses[1] / 3


def test_both_documents_run_the_same_commands():
    assert commands(DOCUMENTS[0]) == commands(DOCUMENTS[1])
