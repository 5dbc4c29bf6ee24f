"""The outline of a district from GeoJSON (RFC 7946), for maps without tiles from elsewhere. Pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

Point: TypeAlias = tuple[float, float]
"""Longitude and latitude in degrees."""
Ring: TypeAlias = tuple[Point, ...]
MOST_POINTS = 20_000


def rings_of(text: str) -> tuple[Ring, ...]:
    """The rings of all polygons of a document. Raises ValueError for what holds none, or more points than are drawn."""
    try:
        rings = tuple(_rings(json.loads(text)))
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise ValueError("a GeoJSON file with polygons is needed") from error
    count = sum(map(len, rings))
    if not 3 <= count <= MOST_POINTS:
        raise ValueError(f"the outline has {count} points, 3 to {MOST_POINTS} can be drawn: simplify it")
    if not all(
        -180 <= longitude <= 180 and -90 <= latitude <= 90 for ring in rings for longitude, latitude in ring
    ):
        raise ValueError("the outline is not in degrees of longitude and latitude")
    return rings


def _rings(node: Mapping[str, Any]) -> Iterator[Ring]:
    match node["type"]:
        case "FeatureCollection":
            for one in node["features"]:
                yield from _rings(one)
        case "Feature":
            yield from _rings(node["geometry"])
        case "GeometryCollection":
            for one in node["geometries"]:
                yield from _rings(one)
        case "Polygon":
            yield from map(_ring, node["coordinates"])
        case "MultiPolygon":
            for polygon in node["coordinates"]:
                yield from map(_ring, polygon)


def _ring(positions: Sequence[Sequence[float]]) -> Ring:
    return tuple((float(position[0]), float(position[1])) for position in positions)
