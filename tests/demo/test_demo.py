"""What `make_demo` makes of an interrupted run; tests/cli/test_demo.py has the rest."""

import tovec
from tovec.demo import demo, python_docs
from tovec.training.events import Trained


def test_an_interrupted_demo_saves_what_was_learned_and_draws_nothing(tmp_path, monkeypatch):
    text = "a list of files and a tuple of names is returned to the caller of the thread"
    monkeypatch.setattr(python_docs, "python_docs", lambda: iter([text] * 500))
    monkeypatch.setitem(demo.SETTINGS, "epochs", 100_000)

    def interrupt(event):
        if isinstance(event, Trained) and event.progress.done:
            raise KeyboardInterrupt

    made = demo.make_demo(tmp_path / "demo", interrupt)
    assert (made.figure_path, made.neighbors) == (None, {})
    assert tovec.open(tmp_path / "demo").provenance["interrupted"]
    assert not (tmp_path / "demo" / "figure.png").exists()
