"""Maps as drawings: what lies where, and outlines that cannot be drawn."""

import json
from math import isclose

import pytest

from outpost.core.outlines import MOST_POINTS, rings_of
from outpost.pages.maps import MARGIN, TALLEST, WIDTH, Place, drawn

pytestmark = pytest.mark.rules
SQUARE = ((113.0, 22.0), (114.0, 22.0), (114.0, 23.0), (113.0, 23.0), (113.0, 22.0))


def place(longitude: float, latitude: float, weight: float = 0.0) -> Place:
    return Place((longitude, latitude), "市场", "/venues/1", weight)


def test_north_is_up_and_what_is_touched_is_where_it_lies() -> None:
    drawing = drawn([place(113.0, 23.0, 4), place(113.5, 22.5, 1)], [SQUARE])
    assert drawing is not None
    first, second = drawing.dots
    assert (first.x, first.y) == (MARGIN, MARGIN)
    assert first.radius > second.radius
    west, south, east, north = drawing.bounds
    for dot in drawing.dots:  # as the script of a form reads a touch back
        assert isclose(west + (east - west) * dot.x / drawing.width, dot.place.point[0], abs_tol=0.001)
        assert isclose(north - (north - south) * dot.y / drawing.height, dot.place.point[1], abs_tol=0.001)
    assert drawing.outline.startswith("M24.0,")
    assert [line.label for line in drawing.lines if line.is_upright] == [
        "113°E",
        "113.2°E",
        "113.4°E",
        "113.6°E",
        "113.8°E",
        "114°E",
    ]


def test_one_place_alone_has_surroundings_and_nothing_has_no_map() -> None:
    drawing = drawn([place(113.5, 22.5)], [])
    assert drawing is not None
    assert MARGIN < drawing.dots[0].x < WIDTH - MARGIN
    assert drawn([], []) is None
    assert drawn([], [], around=[(113.0, 22.0), (113.1, 22.1)]) is not None


def polygon(ring: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [ring]}


def test_an_outline_may_come_in_every_form_of_geojson() -> None:
    ring = [[*point, 7.0] for point in SQUARE]  # with a height
    feature = {"type": "Feature", "properties": {}, "geometry": polygon(ring)}
    several = {"type": "MultiPolygon", "coordinates": [[ring], [ring]]}
    for document, count in (
        (polygon(ring), 1),
        (feature, 1),
        ({"type": "FeatureCollection", "features": [feature, feature]}, 2),
        ({"type": "GeometryCollection", "geometries": [several]}, 2),
    ):
        assert rings_of(json.dumps(document)) == (SQUARE,) * count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"type": "Point", "coordinates": [113, 22]}),
        json.dumps(polygon([[440115.0, 22.0]] * 4)),
        json.dumps(polygon([["a", "b"]] * 4)),
        json.dumps(polygon([[113.0, 22.0]] * (MOST_POINTS + 1))),
        json.dumps({"type": "Feature", "geometry": None}),
    ],
)
def test_what_is_no_outline_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"outline|GeoJSON"):
        rings_of(text)


def test_a_long_district_is_drawn_no_taller_than_a_window() -> None:
    drawing = drawn([place(113.5, 22.0, 1), place(113.5, 23.0, 1)], [])
    assert drawing is not None
    west, _south, east, _north = drawing.bounds
    assert drawing.height <= WIDTH * TALLEST
    assert west < 113.5 < east
    assert {dot.x for dot in drawing.dots} == {WIDTH / 2}
