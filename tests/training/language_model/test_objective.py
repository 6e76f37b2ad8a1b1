"""A language model in training: what it computes, as transformers and finite differences; what it learns."""

import math
import subprocess
import sys

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import TovecError
from tovec.language_model.network.shape import LlamaShape
from tovec.text.corpus import Corpus
from tovec.text.vocabulary import Vocabulary
from tovec.training.config import TrainConfig

torch = needs("torch")

from tovec.training.language_model.objective import LanguageModel  # noqa: E402  (needs torch)

END = 0
SMALL = {
    "objective": "language-model",
    "tokenizer": "words",
    "min_count": 1,
    "dim": 32,
    "context": 16,
    "seed": 3,
    "threads": 1,
}


def corpus_of(lists, n_tokens=12):
    offsets = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    ids = np.array([token for tokens in lists for token in tokens], dtype=np.int32)
    vocabulary = Vocabulary([f"t{row}" for row in range(n_tokens)], np.bincount(ids, minlength=n_tokens))
    return Corpus(vocabulary, None, ids, offsets, len(ids), 0, end_of_text=END)


def model_of(tmp_path, lists, *, validation=None, tied=False, context=16, double=False):
    """Return a model whose numbers are random: at the start of a run the layers do nothing."""
    config = TrainConfig(objective="language-model", context=context, tied=tied, dim=8)
    shape = LlamaShape(
        n_tokens=12, dim=8, layers=2, heads=2, key_heads=2, head_dim=4, inner=16, context=context, tied=tied,
        end_of_text=END,
    )  # fmt: skip
    held_out = None if validation is None else corpus_of(validation)
    settings = config.with_values({"learning_rate": 0.01, "epochs": 1, "min_count": 1})
    model = LanguageModel(corpus_of(lists), settings, shape, tmp_path, held_out, None)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.network.parameters():
            parameter.normal_(0, 0.5, generator=generator)
    if double:
        model.network.double()
    return model


def losses_by_transformers(model, lists):
    """Return the loss of every token of every document and of its end, each document read by itself."""
    transformers = needs("transformers")
    other = transformers.LlamaForCausalLM(transformers.LlamaConfig(**model.shape.config()))
    tensors = model.network.tensors()
    if model.shape.tied:
        tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
    other.load_state_dict(tensors)
    losses = []
    for tokens in lists:
        with torch.no_grad():
            scores = other(torch.tensor([[END, *tokens]])).logits[0]
        targets = torch.tensor([*tokens, END])
        losses += torch.nn.functional.cross_entropy(scores, targets, reduction="none").tolist()
    return losses


LISTS = [[1, 2, 3, 4, 5], [6], [7, 8, 9, 10, 11, 1, 2], [3, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize("tied", [False, True])
def test_held_out_loss_is_that_of_each_document_alone_by_transformers(tmp_path, tied):
    model = model_of(tmp_path, LISTS, validation=LISTS, tied=tied, context=1000)
    losses = losses_by_transformers(model, LISTS)
    assert model.validation_loss() == pytest.approx(sum(losses) / len(losses), rel=1e-5)


def test_no_document_sees_another(tmp_path):
    blocks = model_of(tmp_path, LISTS, context=1000)._blocks_of(0, 0)
    model = model_of(tmp_path, LISTS, context=1000)
    others = np.isin(blocks.ids[0], (7, 8, 9, 10, 11))
    first, second = (blocks.first[0] == at for at in np.unique(blocks.first[0])[:2])
    ids = torch.from_numpy(blocks.ids)
    with torch.no_grad():
        before = model.network(ids, torch.from_numpy(blocks.first))
        changed = ids.clone()
        changed[0, torch.from_numpy(first)] = 1
        changed[0, 0] = ids[0, 0]
        after = model.network(changed, torch.from_numpy(blocks.first))
    assert others.any() and not torch.equal(before[0, first], after[0, first])
    assert torch.equal(before[0, second], after[0, second])


def test_gradient_of_rows_equals_finite_differences(tmp_path):
    model = model_of(tmp_path, LISTS, context=8, double=True)
    blocks = model._blocks_of(0, 0)
    loss = model._loss(blocks)
    loss.backward()
    for table in (model.network.inputs, model.network.outputs):
        for place in ((1, 0), (3, 5), (END, 2)):
            differences = []
            for shift in (1e-5, -1e-5):
                with torch.no_grad():
                    table[place] += shift
                    differences.append(model._loss(blocks).item())
                    table[place] -= shift
            slope = (differences[0] - differences[1]) / 2e-5
            assert slope == pytest.approx(table.grad[place].item(), rel=1e-5, abs=1e-7)


def sentences(n=20, length=7, seed=1):
    rng = np.random.default_rng(seed)
    return [
        " ".join([f"s{number}", *(f"w{word}" for word in rng.integers(30, size=length))])
        for number in range(n)
    ]


@pytest.mark.parametrize("tied", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_twenty_sentences_are_learned_by_heart(tied):
    """Nothing is left to guess but which sentence it is: of nine targets one has twenty equal choices."""
    settings = {**SMALL, "tied": tied, "context": 200, "epochs": 100}
    model = tovec.train(sentences(), validation=sentences(), **settings)
    floor = math.log(20) / 9
    assert math.log(model.provenance["validation"]["perplexity"]) - floor < 0.05
    assert (model.outputs is None) == tied


def agreeing(n, seed):
    """A verb agrees with the first word of a sentence, over words that say nothing of it."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        between = " ".join(f"w{word}" for word in rng.integers(8, size=rng.integers(2, 6)))
        subject, verb = ("dogs", "bark") if rng.integers(2) else ("dog", "barks")
        made.append(f"{subject} {between} {verb}")
    return made


def test_agreement_at_a_distance_is_learned_where_pairs_cannot_know_it():
    model = tovec.train(agreeing(1000, 0), validation=agreeing(200, 1), **SMALL, epochs=8)
    reached = model.provenance["validation"]
    # Any model must guess the subject (ln 2), the words between (ln 8 each) and when they end; one that does
    # not know the subject any more guesses the verb too, at ln 2 more for each of about 6.5 targets.
    assert math.log(reached["bigram_perplexity"]) - math.log(reached["perplexity"]) > 0.8 * math.log(2) / 6.5
    assert reached["perplexity"] < reached["bigram_perplexity"] < reached["unigram_perplexity"]


def test_equal_seeds_give_equal_bytes_and_others_do_not():
    made = [tovec.train(sentences(5), **SMALL | {"seed": seed}, epochs=2) for seed in (0, 0, 1)]
    first, again, other = (
        [e.vectors.tobytes(), e.outputs.tobytes(), *(a.tobytes() for a in e.state.values())] for e in made
    )
    assert first == again
    assert all(one != two for one, two in zip(first, other, strict=True) if len(set(one)) > 2)


def test_deterministic_runs_are_equal_on_any_number_of_threads():
    one, two = (
        tovec.train(sentences(5), **SMALL | {"threads": threads}, epochs=2, deterministic=True)
        for threads in (1, 2)
    )
    assert one.vectors.tobytes() == two.vectors.tobytes()


@pytest.mark.parametrize("text", [["a"], ["a a a a"], ["a b", "b"]])
def test_the_smallest_texts_are_trained_on(text):
    with pytest.warns(tovec.TovecWarning):
        model = tovec.train(text, **SMALL, epochs=3)
    assert np.isfinite(model.vectors[:]).all()
    assert model.vocabulary.tokens[:2] == ("<|endoftext|>", "[UNK]")


def test_a_run_that_goes_on_gives_the_bytes_of_one_that_never_stopped(tmp_path):
    settings = {**SMALL, "epochs": 4}
    whole = tovec.train(sentences(), **settings)

    class Killed(Exception):
        pass

    def killed(embedding, progress):
        if progress.epoch >= 2:
            raise Killed

    with pytest.raises(Killed):
        tovec.train(sentences(), work=tmp_path, checkpoint_every=1, on_epoch=killed, **settings)
    resumed = tovec.train(sentences(), work=tmp_path, resume=True, **settings)
    assert resumed.provenance == whole.provenance
    assert resumed.vectors.tobytes() == whole.vectors.tobytes()
    assert {name: array.tobytes() for name, array in resumed.state.items()} == {
        name: array.tobytes() for name, array in whole.state.items()
    }


def test_training_goes_on_from_a_model_and_new_words_are_appended():
    old = tovec.train(sentences(5), **SMALL, epochs=2)
    new = tovec.train(
        ["s0 something new", "something s1"], continue_from=old, epochs=1, objective="language-model"
    )
    assert new.vocabulary.tokens[: len(old)] == old.vocabulary.tokens
    assert new.vocabulary.tokens[len(old) :] == ("something", "new")
    assert new.provenance["model"]["vocab_size"] == len(new)
    assert new.dim == 32 and new.provenance["settings"]["context"] == 16


def test_word_vectors_are_no_model_to_continue_from():
    old = tovec.Embedding.random(["a", "b"], 32)
    with pytest.raises(tovec.TovecError, match="the embedding to continue from is none"):
        tovec.train(["a b"], continue_from=old, objective="language-model")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dim": 33}, "dim must be an even number with `objective` language-model, not 33"),
        ({"context": 1}, "context must be a whole number from 2 up, not 1"),
        ({"size": "huge"}, "size must be one of None, tiny, small, not 'huge'"),
        ({"preset": "word2vec"}, "preset must be left out with `objective` language-model, not 'word2vec'"),
        ({"phrases": 1}, "phrases must be left out with `objective` language-model, not 1"),
        ({"ngrams": "characters"}, "objective must be one that takes n-grams"),
    ],
)
def test_settings_that_do_not_go_with_a_network_are_refused(settings, message):
    with pytest.raises(tovec.TovecError, match=message):
        tovec.train(["a b"], **SMALL | settings)


@pytest.mark.parametrize("settings", [{"size": "tiny"}, {"context": 8}, {"tied": True}, {"device": "cpu"}])
def test_settings_of_a_network_are_refused_with_other_objectives(settings):
    with pytest.raises(tovec.TovecError, match="must be left out without `objective` language-model"):
        tovec.train(["a b"], **settings)


def test_without_a_gpu_cuda_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(TovecError, match=r"^torch finds no NVIDIA GPU here; leave `device` out, or use cpu$"):
        tovec.train("text that is not read", **SMALL, device="cuda")


def test_without_torch_one_line_names_the_extra(tmp_path):
    (tmp_path / "a.txt").write_text("a b c\n")
    code = (
        "import importlib.util as util, sys; found = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'torch' else found(name, *more)\n"
        "from tovec.__main__ import main; sys.argv = ['tovec', *sys.argv[1:]]; main()"
    )
    arguments = ["train", "a.txt", "--objective", "language-model", "--out", "model"]
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert (
        ended.stderr
        == "Error: --objective language-model needs an optional package: pip install 'tovec[torch]'\n"
    )


def test_a_finished_run_does_nothing_more_and_leaves_no_work_files(tmp_path):
    from tovec.training.run_folder import train_into

    settings = {**SMALL, "epochs": 1}
    first = train_into(tmp_path / "model", sentences(5), **settings)
    assert not (tmp_path / "model" / "work").exists()
    assert train_into(tmp_path / "model", sentences(5), resume=True, **settings).was_finished
    assert not first.was_finished


def test_korean_text_is_not_told_to_use_a_tokenizer_that_is_refused():
    said = []
    texts = ["이 영화는 정말 재미있었다", "배우의 연기가 아주 좋았다"] * 40
    settings = {name: value for name, value in SMALL.items() if name != "tokenizer"} | {"epochs": 1}
    tovec.train(texts, reporter=lambda event: said.append(event.line), **settings)
    assert not any("kiwi" in line for line in said)
