from __future__ import annotations

import json

import pytest

from audit.__main__ import main
from tests.audit.forging import Forge
from tests.audit.test_mirror import copy_bodies, mirrored


@pytest.fixture
def files(forge, case, tmp_path):
    """A bundle, a mirror and two policies as files."""
    (tmp_path / "bundle.zip").write_bytes(forge.bundle())
    (tmp_path / "policy").write_text(forge.policy())
    (tmp_path / "unwitnessed").write_text(forge.policy(quorum=False))
    (tmp_path / "other").write_text(Forge().policy())
    copy_bodies(forge.bundle(), mirrored(forge, tmp_path / "mirror"))
    return tmp_path


@pytest.mark.parametrize(
    ("command", "subject"), [("verify", "bundle.zip"), ("fsck", "mirror")]
)
def test_the_exit_status_says_proved_or_not(files, capsys, command, subject):
    def run(policy, *more):
        return main(
            [command, str(files / subject), "--policy", str(files / policy), *more]
        )

    assert run("policy") == 0
    assert capsys.readouterr().out.startswith("PROVED with 1 witness: 5 entries")
    assert run("other") == 1
    assert capsys.readouterr().out.startswith("NOT PROVED")
    assert run("unwitnessed") == 1
    assert run("unwitnessed", "--allow-unwitnessed") == 0
    assert "no independent witness" in capsys.readouterr().out


def test_a_checkpoint_that_was_kept_is_held_against_a_mirror(files, forge, capsys):
    typed = ["fsck", str(files / "mirror"), "--policy", str(files / "policy")]
    (files / "kept").write_bytes(forge.checkpoint())
    assert main([*typed, "--known", str(files / "kept")]) == 0
    forge.record(forge.streams[1])
    (files / "later").write_bytes(forge.checkpoint())
    assert main([*typed, "--known", str(files / "later")]) == 1
    assert "position 6: CP_ROLLBACK" in capsys.readouterr().out


def test_json_is_for_programs(files, capsys):
    arguments = [str(files / "bundle.zip"), "--policy", str(files / "policy"), "--json"]
    assert main(["verify", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["code"]) == (True, "PROVED")


def test_the_report_is_given_in_the_language_asked_for(files, capsys):
    arguments = [str(files / "bundle.zip"), "--policy", str(files / "policy")]
    assert main(["verify", *arguments, "--language", "nb"]) == 0
    assert capsys.readouterr().out.startswith("BEVIST")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["verify"],
        ["verify", "bundle.zip"],
        ["prove", "bundle.zip", "--policy", "policy"],
        ["verify", "nowhere.zip", "--policy", "policy"],
        ["verify", "bundle.zip", "--policy", "nowhere"],
        ["verify", "bundle.zip", "--policy", "bundle.zip"],
        ["verify", "mirror", "--policy", "policy"],
        ["fsck", "nowhere", "--policy", "policy"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_neither_proved_nor_failed(files, monkeypatch, arguments):
    monkeypatch.chdir(files)
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
