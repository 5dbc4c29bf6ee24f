"""Maps as drawings: dots on a grid of degrees, with the district's outline where the operator has set one. Pure.

Nothing is fetched from elsewhere. A degree of longitude is shortened by the cosine of the middle latitude, which is as
true as a drawing of a district can be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, cos, floor, log10, radians
from typing import NamedTuple

from outpost.core.outlines import Point, Ring

WIDTH = 720
MARGIN = 24
LEAST_SPAN = 0.01
"""Degrees: one dot alone still has surroundings."""
TALLEST = 1.25
"""Times as high as wide at most, so that it fits a window; beyond that there is more to the west and east."""
LINES = 5
SMALLEST, LARGEST = 4.0, 14.0


@dataclass(frozen=True, slots=True)
class Place:
    """Something to be shown: where, what it is called, the page that it opens; `weight` makes the dot larger, `tone`
    is the class of the one that deviates."""

    point: Point
    label: str
    url: str
    weight: float = 0.0
    tone: str = ""


class Dot(NamedTuple):
    """A place on the drawing."""

    x: float
    y: float
    radius: float
    place: Place


class Line(NamedTuple):
    """A line of the grid with its degrees; `is_upright` for one of longitude."""

    at: float
    label: str
    is_upright: bool


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing, in units of its own."""

    width: int
    height: int
    outline: str
    lines: list[Line]
    dots: list[Dot]
    bounds: tuple[float, float, float, float]
    """West, south, east, north of the drawing, in degrees."""


def drawn(places: Iterable[Place], rings: Sequence[Ring], *, around: Sequence[Point] = ()) -> Map | None:
    """The map of places, the heavy ones beneath so that every one can be touched. It shows the rings, without them what
    lies `around`, without that the places; None without any."""
    shown = sorted(places, key=lambda one: -one.weight)
    points = [point for ring in rings for point in ring] or list(around) or [one.point for one in shown]
    if not points:
        return None
    west, south, east, north = _bounds(points)
    shortened = cos(radians((south + north) / 2))
    west, east = _widened(west, east, (north - south) / shortened / TALLEST)
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * shortened)
    height = ceil((north - south) * scale) + 2 * MARGIN

    def put(point: Point) -> Point:
        return (
            round(MARGIN + (point[0] - west) * shortened * scale, 1),
            round(MARGIN + (north - point[1]) * scale, 1),
        )

    most = max((one.weight for one in shown), default=0.0) or 1.0
    dots = [
        Dot(*put(one.point), round(SMALLEST + (LARGEST - SMALLEST) * (one.weight / most) ** 0.5, 1), one)
        for one in shown
    ]
    outline = " ".join("M" + " ".join(f"{x},{y}" for x, y in map(put, ring)) + "Z" for ring in rings)
    lines = [Line(put((at, north))[0], f"{at:g}°E", True) for at in _marks(west, east)]
    lines += [Line(put((west, at))[1], f"{at:g}°N", False) for at in _marks(south, north)]
    margin = MARGIN / scale
    edges = (west - margin / shortened, south - margin, east + margin / shortened, north + margin)
    return Map(WIDTH, height, outline, lines, dots, edges)


def _bounds(points: Sequence[Point]) -> tuple[float, float, float, float]:
    longitudes, latitudes = zip(*points, strict=True)
    west, east = _widened(min(longitudes), max(longitudes))
    south, north = _widened(min(latitudes), max(latitudes))
    return west, south, east, north


def _widened(least: float, most: float, span: float = LEAST_SPAN) -> tuple[float, float]:
    lacking = max(span - (most - least), 0.0) / 2
    return least - lacking, most + lacking


def _marks(least: float, most: float) -> list[float]:
    """Round degrees between two, some LINES of them."""
    rough = (most - least) / LINES
    step = 10 ** floor(log10(rough))
    step *= next(times for times in (1, 2, 5, 10) if times * step >= rough)
    first = ceil(least / step)
    return [round(number * step, 6) for number in range(first, floor(most / step) + 1)]
