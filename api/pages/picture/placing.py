"""Where marks and their labels stand above the levels, so that none hides another.

Marks are placed in order of time, each in the lane and on the side that cost least.
Lanes are counted from the lowest; those that nobody needs are left out at the end.
Source: screens, section 6.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

LANES = 4
Side = Literal["right", "left", "none"]
BETWEEN = 6.0  # from the middle of a mark's edge, and between what stands in a lane

DROPPED, LANE, CROSSED, OVER_NEXT = 30.0, 1.5, 8.0, 2.5


@dataclass(frozen=True, slots=True)
class Spot:
    """A mark on the axis: half its width, and the width of its label."""

    x: float
    half: float
    label: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A spot with its lane, and the side of the mark on which the label stands."""

    spot: Spot
    lane: int
    side: Side

    @property
    def span(self) -> tuple[float, float]:
        """From where to where it takes up its lane."""
        begin, end = self.spot.x - self.spot.half, self.spot.x + self.spot.half
        if self.side == "right":
            return begin, end + BETWEEN + self.spot.label
        if self.side == "left":
            return begin - BETWEEN - self.spot.label, end
        return begin, end

    @property
    def label(self) -> tuple[float, float]:
        """From where to where its label stands; an empty span when it has none."""
        begin, end = self.span
        x, half = self.spot.x, self.spot.half
        match self.side:
            case "right":
                return x + half, end
            case "left":
                return begin, x - half
            case _:
                return x, x


def place(spots: Sequence[Spot], *, left: float, right: float) -> list[Placed]:
    """The spots, given in order of time, in their lanes between `left` and `right`."""
    placed: list[Placed] = []
    for number, spot in enumerate(spots):
        after = spots[number + 1] if number + 1 < len(spots) else None
        ways = [
            way
            for way in _ways(spot, left, right)
            if not any(_meet(way, other) for other in placed)
        ]
        if ways:
            placed.append(min(ways, key=lambda way: _cost(way, placed, after)))
        else:
            _give_way(placed, spot)
    return _squeezed(placed)


def _ways(spot: Spot, left: float, right: float) -> Iterator[Placed]:
    for lane in range(LANES):
        yield Placed(spot, lane, "none")
        for side in _sides(spot, left, right):
            yield Placed(spot, lane, side)


def _sides(spot: Spot, left: float, right: float) -> Iterator[Side]:
    """A label stands to the right, and turns only where it would leave the picture."""
    reach = spot.half + BETWEEN + spot.label
    if spot.x + reach <= right:
        yield "right"
    elif spot.x - reach >= left:
        yield "left"


def _meet(one: Placed, other: Placed) -> bool:
    if one.lane != other.lane:
        return False
    (begin, end), (other_begin, other_end) = one.span, other.span
    return begin < other_end + BETWEEN and other_begin < end + BETWEEN


def _cost(way: Placed, placed: Sequence[Placed], after: Spot | None) -> float:
    cost = LANE * way.lane + (DROPPED if way.side == "none" else 0)
    for other in placed:
        cost += CROSSED * (_crosses(way, other) + _crosses(other, way))
    if after is not None and _covers(way, after.x):
        cost += OVER_NEXT * (LANES - 1 - way.lane)
    return cost


def _crosses(upper: Placed, lower: Placed) -> bool:
    """Whether the line from one mark to the levels runs through a label below it."""
    return upper.lane > lower.lane and _covers(lower, upper.spot.x)


def _covers(placed: Placed, x: float) -> bool:
    begin, end = placed.label
    return placed.side != "none" and begin < x < end


def _give_way(placed: list[Placed], spot: Spot) -> None:
    """Place a spot for which no lane is free; labels it would hide are dropped.

    The lowest lane is taken in which the last mark leaves room without its label, else
    the one whose last mark is farthest away.
    """
    lasts = [
        next((p for p in reversed(placed) if p.lane == lane), None)
        for lane in range(LANES)
    ]
    rooms = [
        (spot.x - spot.half) - (last.spot.x + last.spot.half) if last else spot.x
        for last in lasts
    ]
    free = [lane for lane in range(LANES) if rooms[lane] >= BETWEEN]
    lane = free[0] if free else rooms.index(max(rooms))
    mine = Placed(spot, lane, "none")
    placed[:] = [
        replace(other, side="none") if _meet(mine, other) else other for other in placed
    ]
    placed.append(mine)


def _squeezed(placed: list[Placed]) -> list[Placed]:
    used = sorted({each.lane for each in placed})
    return [replace(each, lane=used.index(each.lane)) for each in placed]
