"""Text for a terminal: aligned tables, JSON, and progress that stays off pipes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

GAP = "  "
Steps = Callable[[int, int], None]
"""Told how much is done of how much."""


def table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows as lines, columns as wide as their widest cell; nothing is cut off."""
    lines = [list(head)] * bool(head) + [list(row) for row in rows]
    if not lines:
        return ""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (
        GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def indented(text: str, by: str = GAP) -> str:
    """Every line moved to the right."""
    return "\n".join(by + line if line else line for line in text.splitlines())


def heading(text: str) -> str:
    """A line that stands out on a terminal; in a pipe it is as it was."""
    return typer.style(text, bold=True)


def show(answer: Any, text: str, *, as_json: bool) -> None:
    """Print an answer: as JSON for programs, else as the text made of it."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif text:
        typer.echo(text)


def say(line: str) -> None:
    """Tell the person something that is not the answer."""
    typer.echo(line, err=True)


@contextmanager
def progress(what: str) -> Iterator[Steps]:
    """Show on a terminal's stderr how far something has come."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on a terminal's stderr that something is being done."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(what):
        yield
