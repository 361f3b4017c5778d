from __future__ import annotations

import subprocess
import sys

import pytest

import audit.build_pyz
from audit.build_pyz import build_pyz
from tests.audit.forging import Forge, repacked


def run(*arguments, cwd):
    """Start Python alone: no environment, no user packages, nothing of this folder."""
    command = [sys.executable, "-I", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True, text=True)


def test_the_same_sources_make_the_same_bytes():
    assert build_pyz() == build_pyz()


def test_one_file_verifies_a_bundle_alone(tmp_path):
    forge = Forge()
    for name, content in {
        "audit.pyz": build_pyz(),
        "true.zip": forge.bundle(),
        "false.zip": repacked(forge.bundle(), lambda files: files.pop("policy")),
        "policy": forge.policy().encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
    arguments = ("verify", "true.zip", "--policy", "policy")
    proved = run("audit.pyz", *arguments, cwd=tmp_path)
    assert (proved.returncode, proved.stderr) == (0, "")
    assert proved.stdout.startswith("PROVED")
    failed = run("audit.pyz", "verify", "false.zip", "--policy", "policy", cwd=tmp_path)
    assert failed.returncode == 1
    assert "BUNDLE_ABSENT" in failed.stdout
    assert run("audit.pyz", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(("arguments", "status"), [(["audit.pyz"], 0), ([], 2)])
def test_it_is_built_by_a_command(tmp_path, monkeypatch, capsys, arguments, status):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["build_pyz", *arguments])
    assert audit.build_pyz.main() == status
    assert (tmp_path / "audit.pyz").exists() == (status == 0)
