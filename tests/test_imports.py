"""Imports point one way. The table below is the rule, this file holds it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
OURS = ("api", "audit", "ledger")

VOCABULARY = {
    "ledger.access",
    "ledger.codes",
    "ledger.entry",
    "ledger.events",
    "ledger.profiles",
    "ledger.refusals",
}

# Who may import what of ours; the longest name that fits a module counts.
MAY_IMPORT: dict[str, set[str]] = {
    "api": {"api", "audit", "ledger"},
    "audit": {"audit"},
    "ledger": {"ledger"},
    "ledger.database": {"ledger.database"},
    # what may happen: pure data and pure rules
    "ledger.events": {"ledger.events"},
    "ledger.entry": {"ledger.events"},
    "ledger.access": {"ledger.entry", "ledger.events"},
    "ledger.refusals": set(),
    "ledger.codes": {"ledger.codes"},
    "ledger.profiles": {"ledger.codes", "ledger.profiles", "ledger.refusals"},
    "ledger.aggregates": VOCABULARY | {"ledger.aggregates"},
    "ledger.projections": VOCABULARY
    | {"ledger.aggregates", "ledger.projections", "audit"},
    # what puts it on record, gives it out and reads it back: the formats are audit's
    "ledger.application": {"ledger", "audit"},
    "ledger.backup": {"ledger", "audit"},
    "ledger.checking": {"ledger", "audit"},
    "ledger.exporting": {"ledger", "audit"},
    "ledger.following": {"ledger", "audit"},
    "ledger.importing": {"ledger", "audit"},
    "ledger.index": {"ledger", "audit"},
    "ledger.judging": {"ledger", "audit"},
    "ledger.keyring": {"ledger", "audit"},
    "ledger.lag": {"ledger", "audit"},
    "ledger.publisher": {"ledger", "audit"},
    "ledger.receiving": {"ledger", "audit"},
    "ledger.recorder": {"ledger", "audit"},
    "ledger.registry": {"ledger", "audit"},
    "ledger.requests": {"ledger", "audit"},
    "ledger.rollback": {"ledger", "audit"},
    "ledger.sealing": {"ledger", "audit"},
    "ledger.tenant": {"ledger", "audit"},  # writes the policy a supervisor is given
}

# Packages of others, where it matters; everybody may import the standard library.
PYDANTIC = {"pydantic", "pydantic_core"}
MAY_USE: dict[str, set[str]] = {
    "audit": {"cryptography"},
    "ledger.access": PYDANTIC,
    "ledger.aggregates": PYDANTIC,
    "ledger.codes": PYDANTIC,
    "ledger.entry": PYDANTIC,
    "ledger.events": PYDANTIC,
    "ledger.profiles": PYDANTIC,
    "ledger.refusals": set(),
}

PRIVATE_KEY_WORDS = ("PrivateKey", "private_key", "private_bytes")


def path_of(module: str) -> Path:
    path = PROJECT / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@cache
def our_modules() -> tuple[str, ...]:
    files = [file for name in OURS for file in sorted((PROJECT / name).rglob("*.py"))]
    parts = [file.relative_to(PROJECT).with_suffix("").parts for file in files]
    return tuple(".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts)


def imported(module: str, tree: ast.AST, *, is_package: bool) -> set[str]:
    """Full names of all that a tree imports, wherever in it the import stands."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            # `from ledger import keyring` imports a module as well as a name
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def imports_of(module: str) -> set[str]:
    path = path_of(module)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return imported(module, tree, is_package=path.name == "__init__.py")


def our_imports(module: str) -> set[str]:
    return imports_of(module) & set(our_modules())


def within(name: str, prefixes: set[str]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def rule_for(module: str, table: dict[str, set[str]]) -> set[str] | None:
    fitting = [name for name in table if within(module, {name})]
    return table[max(fitting, key=len)] if fitting else None


@pytest.mark.parametrize("module", our_modules())
def test_a_module_imports_only_what_its_place_allows(module):
    allowed = rule_for(module, MAY_IMPORT)
    assert allowed is not None
    found = our_imports(module) - {"ledger", "audit", "api"}
    assert {name for name in found if not within(name, allowed)} == set()


@pytest.mark.parametrize(
    "module",
    [module for module in our_modules() if rule_for(module, MAY_USE) is not None],
)
def test_rules_and_verifier_rest_on_little_but_the_standard_library(module):
    allowed = rule_for(module, MAY_USE) or set()
    roots = {name.split(".")[0] for name in imports_of(module)}
    others = roots - sys.stdlib_module_names - set(OURS)
    assert others <= allowed


@pytest.mark.parametrize(
    "module", [module for module in our_modules() if module != "ledger.keyring"]
)
def test_only_the_keyring_opens_private_keys(module):
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    named = {
        *(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)),
        *(node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)),
        *(node.name for node in ast.walk(tree) if isinstance(node, ast.alias)),
    }
    assert {n for n in named for word in PRIVATE_KEY_WORDS if word in n} == set()


def _when_loaded(tree: ast.Module) -> ast.Module:
    """The tree without what runs later or never: functions, imports for types only."""
    kept = [
        node
        for node in tree.body
        if not isinstance(node, ast.FunctionDef)
        and not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    ]
    return ast.Module(body=kept, type_ignores=[])


def _steps(graph: dict[str, set[str]], start: str) -> Iterator[str]:
    seen, todo = set[str](), [start]
    while todo:
        for module in graph[todo.pop()] - seen:
            seen.add(module)
            todo.append(module)
            yield module


def test_no_module_needs_itself_to_be_loaded():
    graph = {}
    for module in our_modules():
        path = path_of(module)
        tree = _when_loaded(ast.parse(path.read_text(encoding="utf-8")))
        found = imported(module, tree, is_package=path.name == "__init__.py")
        graph[module] = found & set(our_modules()) - {module}
    circles = {module for module in graph if module in _steps(graph, module)}
    assert circles == set()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import api.cli", "api.cli"),
        ("import api.cli as commands", "api.cli"),
        ("from api import cli", "api.cli"),
        ("from api.cli import main", "api.cli"),
        ("def f():\n    from api import cli", "api.cli"),
        ("from ..keyring import open", "ledger.keyring"),
        ("from .. import keyring", "ledger.keyring"),
        ("from . import concern", "ledger.events.concern"),
    ],
)
def test_no_way_of_importing_is_overlooked(source, name):
    tree = ast.parse(source)
    assert name in imported("ledger.events.level", tree, is_package=False)
