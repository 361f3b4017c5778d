from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import audit

PACKAGE = Path(audit.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
ALLOWED = {"audit", "cryptography", *sys.stdlib_module_names}


def imported(source: Path) -> set[str]:
    """The packages a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import hides where it leads"
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_verifier_imports_the_standard_library_and_cryptography_alone(source):
    assert imported(source) <= ALLOWED


def test_the_verifier_names_no_private_key_and_opens_no_connection():
    for source in SOURCES:
        text = source.read_text()
        assert "PrivateKey" not in text
        assert ".sign(" not in text
        assert not imported(source) & {"socket", "ssl", "http", "urllib", "ctypes"}


def test_nothing_of_the_ledger_is_loaded_when_the_verifier_runs():
    program = (
        "import sys, audit.__main__;"
        "print({name.split('.')[0] for name in sys.modules}"
        " & {'ledger', 'api', 'psycopg', 'pydantic', 'cbor2', 'socket'})"
    )
    command = [sys.executable, "-c", program]
    root = PACKAGE.parent
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
