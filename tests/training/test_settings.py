"""The table of settings, and all that is made of it: checks, options, signature, help, what is saved."""

import inspect
import json
import typing

import click
import pytest
from click.testing import CliRunner

import tovec
from tovec.cli.train import command
from tovec.errors import BadSetting, UnknownKeyword
from tovec.text.tokenizers import GivenTokenizer
from tovec.training.config import LISTED_SETTINGS, Settings, TrainConfig
from tovec.training.objectives import OBJECTIVES
from tovec.training.settings import FORMER_NAMES, SETTINGS, SettingFields, with_present_names


def test_typed_dict_of_train_has_the_names_and_types_of_the_table():
    types = typing.get_type_hints(SettingFields, localns={"GivenTokenizer": GivenTokenizer})
    assert typing.get_type_hints(Settings) == types
    assert list(Settings.__annotations__) == list(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_default_is_inside_its_own_range(name):
    default = SETTINGS[name].default
    needed = {"ngrams": "characters"} if name.startswith("ngram_") else {}
    expected = 100 if name == "dim" else default  # of this objective; others have their own
    assert getattr(TrainConfig(**{**needed, name: default}), name) == expected


@pytest.mark.parametrize("name", [name for name, each in SETTINGS.items() if each.kind == "whole"])
def test_whole_number_below_its_least_value_is_refused(name):
    needed = {"ngrams": "characters"} if name.startswith("ngram_") else {}
    needed |= {"objective": "language-model"} if name == "context" else {}
    least = SETTINGS[name].least
    assert getattr(TrainConfig(**{**needed, name: least}), name) == least
    with pytest.raises(BadSetting, match=f"^{name} must be a whole number from {least} up"):
        TrainConfig(**{**needed, name: least - 1})


@pytest.mark.parametrize("name", [name for name, each in SETTINGS.items() if each.kind == "choice"])
def test_value_that_is_not_among_the_choices_is_refused_with_all_of_them(name):
    with pytest.raises(BadSetting, match=f"^{name} must be one of .*{SETTINGS[name].choices[-1]}"):
        TrainConfig(**{name: "nothing"})


def test_signature_of_train_shows_each_setting_with_its_default():
    parameters = inspect.signature(tovec.train).parameters
    assert {name: parameters[name].default for name in SETTINGS} == {
        name: each.default for name, each in SETTINGS.items()
    }
    assert parameters["seed"].annotation is int
    assert "settings" not in parameters
    assert next(iter(parameters)) == "texts_or_paths"


@pytest.mark.parametrize("documented", [tovec.train, TrainConfig])
def test_help_lists_each_setting_with_its_default(documented):
    text = inspect.getdoc(documented)
    for line in LISTED_SETTINGS.splitlines():
        assert line in text
    assert "dim: Length of a vector (a whole number from 1 up).  [default: 100" in text
    assert "{settings}" not in text


def options_of_train():
    return {each.name: each for each in command.params if isinstance(each, click.Option)}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_is_an_option_with_its_help(name):
    option, setting = options_of_train()[name], SETTINGS[name]
    assert option.opts[0] == {"special_tokens": "--special-token"}.get(name, f"--{name.replace('_', '-')}")
    assert option.help.startswith(setting.help)
    assert "`" not in option.help
    if setting.shown_default is not None:
        shown = setting.shown_default.replace("`size`", "--size")
        assert shown.split(",")[0] in option.help


@pytest.mark.parametrize("former", FORMER_NAMES)
def test_former_option_is_hidden_and_still_works(former, tmp_path):
    name = f"--{former.replace('_', '-')}"
    assert name not in CliRunner().invoke(command, ["--help"]).output
    text = tmp_path / "text.txt"
    text.write_text("the cat sat on the mat\n" * 20)
    arguments = [str(text), "--out", str(tmp_path / "out"), "--ngrams", "characters", name, "4", "--json"]
    more = ["--min-count", "1", "--dim", "4", "--epochs", "1", "--threads", "1", "--ngram-buckets", "50"]
    result = CliRunner().invoke(command, [*arguments, *more])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["settings"][FORMER_NAMES[former]] == 4


@pytest.mark.parametrize("former", FORMER_NAMES)
def test_former_keyword_is_refused_with_the_present_one(former):
    for function in (TrainConfig, lambda **settings: tovec.train(["a b"], **settings)):
        with pytest.raises(UnknownKeyword, match=f"takes no {former}; it is {FORMER_NAMES[former]} here"):
            function(ngrams="characters", **{former: 3})


def test_saved_settings_get_their_present_names():
    assert with_present_names({"ngram_least": 2, "dim": 3}) == {"ngram_min": 2, "dim": 3}


def test_every_setting_of_one_objective_alone_is_in_the_table():
    for entry in OBJECTIVES.values():
        assert entry.settings <= set(SETTINGS)
    assert "not glove" in SETTINGS["negative"].notes
    assert "glove only" in SETTINGS["x_max"].notes
