"""The tuning board in hw1-2: its config is one that the homework takes, and its runs stay."""

import json

import pytest

from nnlib.homework.config import ConfigError, check_config, clean, save_config
from nnlib.views import TuningBoardView
from nnlib.views.tuning_board import config_text


@pytest.fixture(autouse=True)
def notebook_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_boards_config_can_be_handed_in(capsys):
    check_config(TuningBoardView().config)
    assert "This config can be handed in." in capsys.readouterr().out


@pytest.mark.parametrize("preset", TuningBoardView.presets)
def test_what_is_copied_from_any_preset_is_the_boards_config(preset):
    board = TuningBoardView(preset=preset)
    names = {}
    exec(config_text(board.config), names)
    if board.config["hidden"]:
        assert clean(names["config"]) == clean(board.config)
    else:
        with pytest.raises(ConfigError, match="a list of 1 to 5 layers"):
            clean(names["config"])


def test_a_saved_config_is_read_back_as_it_was(notebook_folder):
    config = TuningBoardView().config
    save_config(config, "config.json")
    assert clean(json.loads((notebook_folder / "config.json").read_text())) == clean(config)
    with pytest.raises(ConfigError, match="epochs must be"):
        save_config(config | {"epochs": 0}, "config.json")
    assert clean(json.loads((notebook_folder / "config.json").read_text())) == clean(config)


def test_pinned_runs_survive_a_restart():
    board = TuningBoardView(keep="runs.json", n_train=200, epochs=2, neurons=8, hidden_layers=1)
    board.model.begin()
    while board.model.work():
        pass
    board.change("pin_1", True)
    score = board.model.snapshot().run.score
    # The kernel was restarted: a new board, on the same file.
    again = TuningBoardView(keep="runs.json").model.snapshot()
    assert again.run.score == score
    assert list(again.pinned) == [1]
    assert again.run.settings.n_train == 200
