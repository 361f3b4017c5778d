"""Tables, JSON and progress as a terminal or a pipe gets them."""

from __future__ import annotations

import json

from api.printing import indented, progress, show, table


def test_columns_are_as_wide_as_their_widest_cell_and_nothing_is_cut():
    text = table([("a", "bb"), ("ååå", "x" * 200)], ("H", "T"))
    assert text == "\n".join(["H    T", "a    bb", f"ååå  {'x' * 200}"])
    assert table([]) == ""


def test_empty_lines_are_not_moved():
    assert indented("a\n\nb") == "  a\n\n  b"


def test_an_answer_is_text_or_json_never_both(capsys):
    show({"navn": "Bjørk"}, "Bjørk er her.", as_json=False)
    assert capsys.readouterr().out == "Bjørk er her.\n"
    show({"navn": "Bjørk"}, "Bjørk er her.", as_json=True)
    assert json.loads(capsys.readouterr().out) == {"navn": "Bjørk"}


def test_no_progress_goes_into_a_pipe(capsys):
    with progress("checking") as steps:
        steps(1, 2)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""
