"""Callbacks of transformers and Lightning: in the order in which those libraries call them, and in them."""

import importlib
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from needs import needs

import tovec
from tovec.errors import CannotSave, TovecError, TovecWarning

TOKENS = ["cat", "dog", "mat", "sat"]


@pytest.fixture
def fresh(monkeypatch):
    """Give libraries other contents for a test, None for not installed; import the callbacks with them."""

    def stand_in(**modules):
        for name in ("transformers_callback", "lightning_callback"):
            monkeypatch.delitem(sys.modules, f"tovec.timeline.{name}", raising=False)
        for name, contents in modules.items():
            module = None
            if contents is not None:
                module = ModuleType(name)
                vars(module).update(contents)
            monkeypatch.setitem(sys.modules, name.replace("__", "."), module)
        return importlib.import_module("tovec.timeline")

    yield stand_in
    for name in ("transformers_callback", "lightning_callback"):  # of the stand-ins
        sys.modules.pop(f"tovec.timeline.{name}", None)


class Model:
    """A model of transformers: its input table moves by one with each step."""

    def __init__(self, n_rows=4, dim=3):
        self.table = SimpleNamespace(weight=np.zeros((n_rows, dim), dtype=np.float32))

    def named_modules(self):
        return [("", self)]

    def get_input_embeddings(self):
        return self.table

    def get_output_embeddings(self):
        return None

    def train(self):
        self.table.weight += 1


def progress(timeline):
    return [moment.progress for moment in timeline.moments]


# transformers


@pytest.fixture
def transformers_callback(fresh):
    return fresh(transformers={"TrainerCallback": type("TrainerCallback", (), {})}).TransformersCallback


def train(
    callback, model, n_steps, *, start=0, accumulation=1, log_every=1, evaluate_at=(), best=False, rank=0
):
    """Call a callback as Trainer does, step by step.

    Source: transformers 5.24, Trainer._run_epoch and _maybe_log_save_evaluate: a step begins before the first
    of its batches; what is logged and measured comes after on_step_end; the best model is loaded before
    on_train_end.
    """
    args = SimpleNamespace(load_best_model_at_end=best)
    state = SimpleNamespace(global_step=start, epoch=0, max_steps=n_steps, is_world_process_zero=rank == 0)
    given = (args, state, SimpleNamespace())
    more = {"model": model, "processing_class": None, "optimizer": None}
    callback.on_train_begin(*given, **more)
    for step in range(start + 1, n_steps + 1):
        callback.on_step_begin(*given, **more)
        for _ in range(accumulation - 1):
            getattr(callback, "on_substep_end", lambda *_, **__: None)(*given, **more)
        model.train()
        state.global_step, state.epoch = step, step / 10
        callback.on_step_end(*given, **more)
        if step % log_every == 0:
            callback.on_log(*given, logs={"loss": 10 - step, "epoch": state.epoch}, **more)
        if step in evaluate_at:
            callback.on_log(*given, logs={"eval_loss": step / 100, "eval_runtime": 1}, **more)
    callback.on_log(*given, logs={"train_loss": 5.0, "train_runtime": 1}, **more)
    if best:
        model.table.weight[:] = -1
    callback.on_train_end(*given, **more)


def test_a_moment_has_what_is_logged_about_its_step_afterwards(transformers_callback, tmp_path):
    model = Model()
    train(transformers_callback(tmp_path / "film", tokens=TOKENS, every=3), model, 7, evaluate_at=(3, 4))
    timeline = tovec.open_timeline(tmp_path / "film")
    assert progress(timeline) == [0, 3, 6, 7] and timeline.unit == "steps"
    assert [float(each[:][0, 0]) for each in timeline] == [0, 3, 6, 7]
    assert timeline.losses.tolist()[1:] == [np.mean([9, 8, 7]), np.mean([6, 5, 4]), 3]
    assert [moment.validation_loss for moment in timeline.moments] == [None, 0.03, 0.04, None]
    assert timeline.moments[1].epoch == 0.3


def test_the_last_step_is_recorded_before_the_best_model_is_loaded(transformers_callback, tmp_path):
    train(transformers_callback(tmp_path / "film", tokens=TOKENS, every=4), Model(), 6, best=True)
    timeline = tovec.open_timeline(tmp_path / "film")
    assert [float(each[:][0, 0]) for each in timeline] == progress(timeline) == [0, 4, 6]


def test_training_that_goes_on_keeps_the_moments_before(transformers_callback, tmp_path):
    film = tmp_path / "film"
    train(transformers_callback(film, tokens=TOKENS, every=2), Model(), 6)
    train(transformers_callback(film, tokens=TOKENS, every=3), Model(), 9, start=4)
    assert progress(tovec.open_timeline(film)) == [0, 2, 4, 7, 9]
    train(transformers_callback(film, tokens=TOKENS, every=3), Model(), 3)
    assert progress(tovec.open_timeline(film)) == [0, 3]


def test_one_process_of_several_writes(transformers_callback, tmp_path):
    train(transformers_callback(tmp_path / "film", tokens=TOKENS), Model(), 3, rank=1)
    assert not (tmp_path / "film").exists()


def test_a_large_table_is_recorded_in_part_and_that_is_said_once(transformers_callback, tmp_path):
    with pytest.warns(
        TovecWarning, match=r"^the first 20,000 of 20,005 rows are recorded, 0 MB a moment"
    ) as said:
        train(transformers_callback(tmp_path / "film"), Model(20_005, 1), 3)
    assert len(said) == 1
    assert tovec.open_timeline(tmp_path / "film").n_tokens == 20_000
    train(transformers_callback(tmp_path / "film", rows=30), Model(20_005, 1), 3)
    assert tovec.open_timeline(tmp_path / "film").tokens[-1] == "<id 29>"
    train(transformers_callback(tmp_path / "film", tokens=TOKENS, rows=["sat", "dog"]), Model(), 3)
    assert list(tovec.open_timeline(tmp_path / "film").tokens) == ["sat", "dog"]
    with pytest.raises(TovecError, match="token 'rug' is not in the vocabulary"):
        train(transformers_callback(tmp_path / "film", tokens=TOKENS, rows=["rug"]), Model(), 3)


def test_a_table_that_changes_its_width_ends_its_moments_and_not_the_training(
    transformers_callback, tmp_path
):
    model = Model()
    narrow = Model(dim=2)
    model.train = lambda: setattr(model, "table", narrow.table)
    callback = transformers_callback(tmp_path / "film", tokens=TOKENS)
    callback._recorder.begin(model, 0)
    callback._recorder._watched._module = narrow.table
    callback._recorder.step_taken(1)
    with pytest.warns(
        TovecWarning, match=r"cannot go on with \(4, 2\); training goes on without its moments"
    ):
        callback._recorder.write_held()
    callback._recorder.step_taken(2)
    callback._recorder.end(3)
    assert progress(tovec.open_timeline(tmp_path / "film")) == [0]


def test_what_cannot_be_recorded_is_refused_before_training(transformers_callback, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CannotSave, match=r"it holds 'notes\.txt'"):
        transformers_callback(tmp_path)
    with pytest.raises(TovecError, match="every must be a whole number from 1 up"):
        transformers_callback(tmp_path / "film", every=0)
    with pytest.raises(TovecError, match="4 tokens need a table of as many rows, not 5"):
        train(transformers_callback(tmp_path / "film", tokens=TOKENS), Model(5), 3)
    with pytest.raises(TovecError, match="table must be another one, since this model has no output table"):
        train(transformers_callback(tmp_path / "film", table="output"), Model(), 3)
    sharded = Model()
    sharded.table.weight = np.zeros(0)
    with pytest.raises(TovecError, match=r"not of shape \(0,\); one that DeepSpeed or FSDP has spread"):
        train(transformers_callback(tmp_path / "film"), sharded, 3)


def test_a_table_in_parts_is_put_together_by_all_processes(tmp_path, fresh):
    class Sharded(np.ndarray):
        def full_tensor(self):
            asked.append(1)
            return np.asarray(self)

    asked = []
    fresh(transformers={"TrainerCallback": object})
    for rank, n_copies in ((0, 3), (1, 3)):
        asked.clear()
        model = Model()
        model.table.weight = model.table.weight.view(Sharded)
        callback = importlib.import_module("tovec.timeline").TransformersCallback(tmp_path / "film", every=2)
        train(callback, model, 4, rank=rank)
        assert len(asked) == n_copies


# Lightning


@pytest.fixture(params=["lightning__pytorch", "pytorch_lightning"])
def lightning_callback(request, fresh):
    names = dict.fromkeys(("lightning__pytorch", "pytorch_lightning"))
    return fresh(**(names | {request.param: {"Callback": type("Callback", (), {})}})).LightningCallback


def fit(callback, model, n_batches, *, accumulation=1, validate_at=(), fails_at=None):
    """Call a callback as Trainer.fit does.

    Source: lightning 2.6, _TrainingEpochLoop.advance and on_advance_end: validation follows the end of a
    batch; `outputs["loss"]` is divided by the number of batches of a step.
    """
    model.automatic_optimization = True
    trainer = SimpleNamespace(
        global_step=0, current_epoch=0, is_global_zero=True, sanity_checking=True,
        num_training_batches=n_batches, accumulate_grad_batches=accumulation,
        callback_metrics={"val_loss": 9},
    )  # fmt: skip
    callback.on_validation_end(trainer, model)
    trainer.sanity_checking = False
    callback.on_train_start(trainer, model)
    for batch in range(n_batches):
        callback.on_train_batch_start(trainer, model, None, batch)
        if batch == fails_at:
            callback.on_exception(trainer, model, KeyboardInterrupt())
            return
        if (batch + 1) % accumulation == 0:
            model.train()
            trainer.global_step += 1
        callback.on_train_batch_end(trainer, model, {"loss": (batch + 1) / accumulation}, None, batch)
        if batch in validate_at:
            trainer.callback_metrics = {"val_loss": batch / 100}
            callback.on_validation_end(trainer, model)
    callback.on_train_end(trainer, model)


def test_steps_are_those_of_the_optimizer(lightning_callback, tmp_path):
    fit(
        lightning_callback(tmp_path / "film", tokens=TOKENS, every=2),
        Model(),
        10,
        accumulation=2,
        validate_at=[3],
    )
    timeline = tovec.open_timeline(tmp_path / "film")
    assert progress(timeline) == [0, 2, 4, 5]
    assert [float(each[:][0, 0]) for each in timeline] == [0, 2, 4, 5]
    assert timeline.losses.tolist()[1:] == [2.5, 6.5, 9.5]
    assert [moment.validation_loss for moment in timeline.moments] == [None, 0.03, None, None]
    assert [moment.epoch for moment in timeline.moments] == [0, 0.4, 0.8, 1]


def test_what_was_recorded_stays_where_training_is_stopped(lightning_callback, tmp_path):
    fit(lightning_callback(tmp_path / "film", tokens=TOKENS), Model(), 10, fails_at=4)
    assert progress(tovec.open_timeline(tmp_path / "film")) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "missing", "way_out"),
    [
        ("TransformersCallback", ["transformers"], r"pip install 'transformers\[torch\]'"),
        (
            "LightningCallback",
            ["lightning", "lightning__pytorch", "pytorch_lightning"],
            "pip install lightning",
        ),
    ],
)
def test_without_the_library_one_line_says_how_to_get_it(fresh, name, missing, way_out):
    timeline = fresh(**dict.fromkeys(missing))
    with pytest.raises(TovecError, match=f"^{name} needs a library that is not installed: {way_out}$"):
        getattr(timeline, name)
    with pytest.raises(AttributeError, match="has no attribute 'KerasCallback'"):
        timeline.KerasCallback  # noqa: B018


# The libraries themselves, which warn of their own matters

OF_OTHERS = pytest.mark.filterwarnings("ignore", "error::tovec.errors.TovecWarning")


@OF_OTHERS
def test_the_trainer_of_transformers_is_recorded(tmp_path, monkeypatch):
    torch, transformers = needs("torch"), needs("transformers")
    needs("accelerate")
    from tokenizers import Tokenizer, models

    from tovec.timeline import TransformersCallback

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    tokenizer = Tokenizer(
        models.WordLevel({token: row for row, token in enumerate([*TOKENS, "<unk>"])}, "<unk>")
    )
    config = transformers.GPT2Config(
        vocab_size=6, n_positions=4, n_embd=4, n_layer=1, n_head=1, bos_token_id=0, eos_token_id=0
    )
    model = transformers.GPT2LMHeadModel(config)
    start = model.get_input_embeddings().weight.detach().numpy().copy()
    ids = torch.tensor([0, 3, 2])
    arguments = transformers.TrainingArguments(
        str(tmp_path / "out"), max_steps=5, per_device_train_batch_size=1, gradient_accumulation_steps=2,
        logging_steps=1, eval_strategy="steps", eval_steps=2, save_strategy="no", report_to=[],
        disable_tqdm=True, use_cpu=True, learning_rate=0.1,
    )  # fmt: skip
    transformers.Trainer(
        model,
        arguments,
        train_dataset=[{"input_ids": ids, "labels": ids}] * 12,
        eval_dataset=[{"input_ids": ids, "labels": ids}],
        processing_class=transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, unk_token="<unk>", pad_token="cat"
        ),
        callbacks=[TransformersCallback(tmp_path / "film")],
    ).train()
    timeline = tovec.open_timeline(tmp_path / "film")
    assert list(timeline.tokens) == [*TOKENS, "<unk>", "<id 5>"] and timeline.vocabulary.unknown == "<unk>"
    assert progress(timeline) == [0, 1, 2, 3, 4, 5]
    assert timeline.losses[1] > timeline.losses[5] > 0
    assert [moment.validation_loss is not None for moment in timeline.moments[:5]] == [0, 0, 1, 0, 1]
    np.testing.assert_array_equal(timeline[0][:], start.astype(np.float16))
    end = model.get_input_embeddings().weight.detach().numpy()
    np.testing.assert_array_equal(timeline[-1][:], end.astype(np.float16))


@OF_OTHERS
@pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
def test_the_trainer_of_lightning_is_recorded(tmp_path, fresh, name):
    torch, library = needs("torch"), needs(name)
    functional = torch.nn.functional

    class Words(library.LightningModule):
        def __init__(self):
            super().__init__()
            self.words = torch.nn.Embedding(4, 3)
            self.head = torch.nn.Linear(3, 4)

        def training_step(self, batch, _):
            return functional.cross_entropy(self.head(self.words(batch[0])), batch[1])

        def validation_step(self, batch, _):
            self.log("val_loss", self.training_step(batch, _))

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.5)

    callback = fresh().LightningCallback(tmp_path / "film", tokens=TOKENS)
    assert isinstance(callback, library.Callback)
    data = torch.utils.data.TensorDataset(torch.tensor([0, 1, 2, 3] * 4), torch.tensor([1, 2, 3, 0] * 4))
    loader = torch.utils.data.DataLoader(data, batch_size=4)
    model = Words()
    trainer = library.Trainer(
        max_epochs=2, accumulate_grad_batches=2, callbacks=callback, accelerator="cpu", logger=False,
        enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False,
    )  # fmt: skip
    trainer.fit(model, loader, loader)
    timeline = tovec.open_timeline(tmp_path / "film")
    assert progress(timeline) == [0, 1, 2, 3, 4]
    assert timeline.losses[1] > timeline.losses[4] > 0
    assert [moment.validation_loss is not None for moment in timeline.moments] == [0, 0, 1, 0, 1]
    assert timeline.moments[-1].epoch == 2
    np.testing.assert_array_equal(timeline[-1][:], model.words.weight.detach().numpy().astype(np.float16))
