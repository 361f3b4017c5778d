"""What came of it: a table for people, a JSON file for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.rounds import Results

HEADINGS = ["figure", "median", "min - max", "unit", "n", "ratio", "to", "goal", ""]
NUMBERS = frozenset({"median", "min - max", "n", "ratio"})


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
    rows = [_row(results, name) for name in order if name in results.figures]
    table = [HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [
            cell.rjust(width) if heading in NUMBERS else cell.ljust(width)
            for cell, width, heading in zip(row, widths, HEADINGS, strict=True)
        ]
        print("  ".join(cells).rstrip())


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
