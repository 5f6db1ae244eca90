"""Search, tags and the focal point by the REST API, with both databases."""

from __future__ import annotations

import pytest
from PIL import Image

from qis_core.testing.apis import Api


@pytest.fixture(scope="module")
def shelf(api: Api) -> dict[str, int]:
    """Pictures of odd names, some of them in a folder that only Ann may view; numbers by path."""
    exif = Image.Exif()
    exif[0x010F] = "Hasselblad"
    paths = ["shelf/red-shoe_01.png", "shelf/Ärmel.png", "shelf/closed/red hat.png"]
    for path in paths:
        file = api.site.library / path
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), "red").save(file, exif=exif if "shoe" in path else None)
    numbers = {path: api.data("GET", f"details/?src={path}", "admin")["id"] for path in paths}
    api.permit("shelf/closed", 1, 0)
    api.permit("shelf/closed", 2, 0)
    api.permit("shelf/closed", api.ids["Ann"], 10)
    api.permit("shelf", api.ids["Ann"], 30)
    return numbers


def found(api: Api, query: str, who: str = "") -> list[str]:
    return sorted(image["src"] for image in api.data("GET", f"search/?{query}", who)["images"])


@pytest.mark.parametrize("query", ["q=shoe", "q=SHOE+red", "q=sho", "q=01", "q=hasselblad", "q=shelf+hassel"])
def test_a_picture_is_found_by_the_words_of_its_name_and_metadata(api, shelf, query):
    assert found(api, query) == ["shelf/red-shoe_01.png"]


@pytest.mark.parametrize(
    "query", ["", "q=", "q=%22", "q=*", "q=shoe+nothing", "q=%00", "q=' OR 1=1 --", "q=shoe&path=photos"]
)
def test_what_has_not_all_words_is_not_found(api, shelf, query):
    assert found(api, query) == []


def test_only_what_may_be_viewed_is_found(api, shelf):
    assert found(api, "q=red") == ["shelf/red-shoe_01.png"]
    assert found(api, "q=red", "ann") == ["shelf/closed/red hat.png", "shelf/red-shoe_01.png"]
    assert api.data("GET", "search/?q=red", "bob")["total"] == 1


def test_title_and_description_are_found_as_soon_as_they_are_written(api, shelf):
    number = shelf["shelf/Ärmel.png"]
    api.data("PUT", f"admin/images/{number}/", "admin", title="Sleeve of silk", description="worn in winter")
    assert found(api, "q=silk") == found(api, "q=winter") == ["shelf/Ärmel.png"]
    api.data("PUT", f"admin/images/{number}/", "admin", title="Sleeve")
    assert found(api, "q=silk") == []


def test_tags_are_given_found_and_taken(api, shelf):
    number = shelf["shelf/Ärmel.png"]
    path = f"admin/images/{number}/tags/"
    assert api.data("POST", path, "ann", json={"tags": ["Summer sale", "blue"]}) == ["blue", "Summer sale"]
    assert api.data("POST", path, "ann", json={"tags": ["BLUE"]}) == ["blue", "Summer sale"]
    assert (
        found(api, "q=summer") == found(api, "tag=Summer%20sale") == found(api, "tag=blue&q=png") == ["shelf/Ärmel.png"]
    )
    assert {"name": "blue", "images": 1} in api.data("GET", "tags/?start=bl", "ann")
    assert api.data("DELETE", path + "?tags=summer%20sale,none", "ann") == ["blue"]
    assert found(api, "q=summer") == []


@pytest.mark.parametrize("tags", [["a,b"], [""], ["x" * 101], ["a\nb\x00"], [str(n) for n in range(51)]])
def test_what_is_no_tag_is_refused_and_named(api, shelf, tags):
    answer = api.call("POST", f"admin/images/{shelf['shelf/Ärmel.png']}/tags/", "admin", 400, json={"tags": tags})
    assert "tags" in answer.json["message"]


def test_who_may_not_edit_changes_no_tags_and_no_point(api, shelf):
    number = shelf["shelf/red-shoe_01.png"]
    for who, status in (("", 401), ("bob", 403)):
        api.call("POST", f"admin/images/{number}/tags/", who, status, json={"tags": ["mine"]})
        api.call("DELETE", f"admin/images/{number}/tags/?tags=mine", who, status)
        api.call("PUT", f"admin/images/{number}/focal/", who, status, json={"x": 1, "y": 1})
    hidden = shelf["shelf/closed/red hat.png"]
    api.call("GET", f"admin/images/{hidden}/tags/", "bob", 403)


def test_a_deleted_picture_is_no_longer_found(api, shelf):
    file = api.site.library / "shelf/gone.png"
    Image.new("RGB", (4, 3)).save(file)
    api.data("GET", "details/?src=shelf/gone.png", "admin")
    assert found(api, "q=gone") == ["shelf/gone.png"]
    file.unlink()
    api.site.site.pictures.lose(["shelf/gone.png"])
    assert found(api, "q=gone") == []


def test_the_focal_point_is_kept_and_forgotten(api, shelf):
    number = shelf["shelf/red-shoe_01.png"]
    api.data("PUT", f"admin/images/{number}/focal/", "ann", json={"x": 2500, "y": 10_000})
    with api.site.site.reading() as session:
        from qis_core.db.images import ImageRecord

        record = session.get(ImageRecord, number)
        assert (record.focal_x, record.focal_y) == (0.25, 1.0)
    api.data("PUT", f"admin/images/{number}/focal/", "ann", json={"remove": True})
    with api.site.site.reading() as session:
        assert session.get(ImageRecord, number).focal_x is None
    api.call("PUT", f"admin/images/{number}/focal/", "ann", 400, json={"x": 10_001, "y": 0})
