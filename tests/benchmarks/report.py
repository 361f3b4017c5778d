"""What came of it: a table for people, a JSON file for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.rounds import Results

WIDTH = 118  # columns, where there is no terminal to ask


def as_json(results: Results, *, quick: bool) -> dict[str, dict[str, Any]]:
    """By name: `{median, min, max, runs, unit, vs?, ratio?}`; ratio is a median too."""
    return {name: _record(results, name, quick) for name in results.figures}


def _record(results: Results, name: str, quick: bool) -> dict[str, Any]:
    figure, values = results.figures[name], list(results.values[name].values())
    record: dict[str, Any] = {
        "median": _rounded(median(values)),
        "min": _rounded(min(values)),
        "max": _rounded(max(values)),
        "runs": len(values),
        "unit": figure.unit,
    }
    if ratios := results.ratios(name):
        record |= {"vs": figure.vs, "ratio": _rounded(median(ratios))}
    if quick:
        record["quick"] = True  # too short to be quoted
    return record


def write(path: Path, results: Results, *, quick: bool) -> None:
    """Write the JSON file."""
    text = json.dumps(as_json(results, quick=quick), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def show(results: Results, order: Iterable[str]) -> None:
    """Print the table, figures in the order given."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure", no_wrap=True)
    for heading in ("median", "min - max"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    for heading in ("runs", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("to", "must (aim)", ""):
        table.add_column(heading, no_wrap=True)
    for name in order:
        if name in results.figures:
            table.add_row(*_row(results, name))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    console.print(table)


def _row(results: Results, name: str) -> list[str]:
    figure, values = results.figures[name], list(results.values[name].values())
    ratios = results.ratios(name)
    ratio = (
        f"{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})" if ratios else ""
    )
    goal, verdict = figure.goal, ""
    if goal is not None:
        judged = ratios if goal.is_ratio else values
        verdict = goal.verdict(median(judged)) if judged else "not compared"
    return [
        name,
        _number(median(values)),
        f"{_number(min(values))} - {_number(max(values))}",
        figure.unit,
        str(len(values)),
        ratio,
        figure.vs or "",
        str(goal or ""),
        verdict,
    ]


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
