"""From a file to a rendering: what is recognised, what is refused, and before what."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qis_core.api import (
    BrokenImage,
    Decoder,
    Engine,
    Limits,
    NotThisFormat,
    Options,
    Output,
    PageHint,
    QisError,
    Recipe,
    RenderJob,
    Rendition,
    Size,
    Source,
    SourceInfo,
    Step,
    TooLarge,
    UnsupportedFeature,
)
from qis_core.imaging.orders import ProbeOrder, RenderOrder
from qis_core.imaging.sources import FileSource
from qis_core.imaging.workshop import Workshop
from qis_core.testing import hostile


def workshop(**others: Mapping[str, object]) -> Workshop:
    found = hostile.registries()
    names = ("decoders", "encoders", "engines", "operations")
    return Workshop(**{name: others.get(name, getattr(found, name)) for name in names})


def source(folder: Path, content: bytes, name: str = "a.hostile") -> FileSource:
    (folder / name).write_bytes(content)
    return FileSource(name, folder / name)


def order(limits: Limits | None = None, pictures: Mapping[str, int] | None = None, **recipe: Any) -> RenderOrder:
    made = Recipe(**{"source": "a.hostile", "output": Output(format="raw"), **recipe})
    return RenderOrder(recipe=made, source_name="a.hostile", limits=limits or Limits(), pictures=pictures or {})


def render(folder: Path, content: bytes, limits: Limits | None = None, **recipe: Any) -> Rendition:
    return workshop().render(order(limits, **recipe), [source(folder, content)])


def test_decoders_are_asked_by_priority_until_one_knows_the_bytes(tmp_path: Path) -> None:
    # The shy decoder comes first and finds that the format is not its own.
    info = workshop().probe(ProbeOrder(source_name="a"), source(tmp_path, b"HOSTILE bytes 1"))
    assert info.format == "hostile"


def test_a_name_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFeature, match=r"a\.hostile: this is no picture .* \(hostile, shy\)"):
        render(tmp_path, b"GIF89a")


def test_an_empty_file_is_broken(tmp_path: Path) -> None:
    with pytest.raises(BrokenImage, match="empty"):
        render(tmp_path, b"")


def test_pixels_are_counted_before_anything_is_decoded(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="the picture of 100x50 is 5000 pixels; the limit is 4999 pixels"):
        render(tmp_path, b"HOSTILE size 100x50", Limits(source_pixels=4999))
    assert render(tmp_path, b"HOSTILE size 100x50", Limits(source_pixels=5000)).size == Size(width=100, height=50)


def test_frames_and_pages_have_limits(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="the animation is 11 frames; the limit is 10 frames"):
        render(tmp_path, b"HOSTILE frames 11", Limits(frames=10))
    with pytest.raises(TooLarge, match="the page number is 6; the limit is 5"):
        render(tmp_path, b"HOSTILE bytes 1", Limits(pages=5), page=6)
    probe = ProbeOrder(source_name="a", hint=PageHint(page=6), limits=Limits(pages=5))
    file = source(tmp_path, b"HOSTILE bytes 1")
    with pytest.raises(TooLarge, match="the page number"):
        workshop().probe(probe, file)


def test_a_second_picture_has_the_same_limits(tmp_path: Path) -> None:
    files = [source(tmp_path, b"HOSTILE bytes 1"), source(tmp_path, b"HOSTILE size 100x50", "logo")]
    with pytest.raises(TooLarge, match=r"logo\.hostile of 100x50 is 5000 pixels"):
        workshop().render(order(Limits(source_pixels=1000), {"logo.hostile": 1}), files)


def test_a_vector_page_counts_as_large_as_it_is_drawn(tmp_path: Path) -> None:
    assert render(tmp_path, b"HOSTILE vector", Limits(source_pixels=12)).size == Size(width=4, height=3)
    with pytest.raises(TooLarge, match="as large as this rendering needs it"):
        render(tmp_path, b"HOSTILE vector", Limits(source_pixels=11))


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFeature, match="the output format 'jxl' is not installed here; there are raw"):
        render(tmp_path, b"HOSTILE bytes 1", output=Output(format="jxl"))
    with pytest.raises(UnsupportedFeature, match="'sepia' is not installed"):
        render(tmp_path, b"HOSTILE bytes 1", steps=(Step(operation="sepia", options=Options({})),))
    with pytest.raises(UnsupportedFeature, match="the engine 'vips'"):
        render(tmp_path, b"HOSTILE bytes 1", engine="vips")


class NamedEngine(Engine):
    def __init__(self, name: str, priority: int, *, able: bool = True) -> None:
        self.name, self.priority, self.able = name, priority, able

    def supports(self, job: RenderJob) -> bool:
        return self.able

    def render(self, job: RenderJob) -> Rendition:
        return Rendition(body=self.name.encode(), media_type="image/x-raw", size=job.frame.size)


def test_the_best_engine_that_can_does_the_work(tmp_path: Path) -> None:
    engines = {e.name: e for e in (NamedEngine("slow", 0), NamedEngine("best", 9, able=False), NamedEngine("good", 5))}
    file = source(tmp_path, b"HOSTILE bytes 1")
    assert workshop(engines=engines).render(order(), [file]).body == b"good"
    assert workshop(engines=engines).render(order(engine="slow"), [file]).body == b"slow"
    with pytest.raises(UnsupportedFeature, match="no engine"):
        workshop(engines={"best": engines["best"]}).render(order(), [file])


def test_an_engine_can_hand_a_job_on_to_those_below_it(tmp_path: Path) -> None:
    class HandingOn(NamedEngine):
        def render(self, job: RenderJob) -> Rendition:
            return replace(below := job.by_next_engine(), body=below.body + b", " + self.name.encode())

    able = [HandingOn("fast", 9), NamedEngine("unable", 7, able=False), HandingOn("wary", 5), NamedEngine("plain", 0)]
    engines = {engine.name: engine for engine in able}
    file = source(tmp_path, b"HOSTILE bytes 1")
    assert workshop(engines=engines).render(order(), [file]).body == b"plain, wary, fast"
    assert workshop(engines=engines).render(order(engine="wary"), [file]).body == b"plain, wary"


def test_facts_reach_the_job(tmp_path: Path) -> None:
    seen: list[SourceInfo] = []

    class Looking(NamedEngine):
        def render(self, job: RenderJob) -> Rendition:
            seen.append(job.info)
            return super().render(job)

    facts = {"focal": (0.2, 0.3)}
    shop = workshop(engines={"looking": Looking("looking", 0)})
    shop.render(replace(order(), facts=facts), [source(tmp_path, b"HOSTILE bytes 1")])
    assert seen[0].facts == facts


@pytest.mark.parametrize("deed", ["fault", "probe-fault"])
def test_a_fault_in_a_plugin_is_logged_and_told_without_details(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, deed: str
) -> None:
    with pytest.raises(QisError) as caught:
        workshop().do(order(), [source(tmp_path, b"HOSTILE " + deed.encode())])
    assert caught.value.code == "error"
    assert "secret" not in str(caught.value)
    assert "ValueError: the inside of the server" in caplog.text
    assert "of qis_core.testing.hostile" in caplog.text


class Faulty(Decoder):
    name = "faulty"
    extensions: Sequence[str] = ()
    media_types: Sequence[str] = ()

    def __init__(self, error: Exception) -> None:
        self.error = error

    def sniff(self, head: bytes) -> bool:
        raise self.error

    def probe(self, source: Source, hint: PageHint) -> SourceInfo:
        raise NotImplementedError

    decode = probe  # type: ignore[assignment]


def test_want_of_memory_is_too_large_wherever_it_hides(tmp_path: Path) -> None:
    hidden = BrokenImage("damaged")
    hidden.__cause__ = OSError("cannot allocate")
    hidden.__cause__.__context__ = MemoryError()
    for error in (MemoryError(), hidden):
        with pytest.raises(TooLarge, match="over 600 MB; the limit is 600 MB"):
            workshop(decoders={"faulty": Faulty(error)}).do(order(), [source(tmp_path, b"x")])


def test_damage_where_memory_is_short_is_told_as_want_of_memory(tmp_path: Path) -> None:
    class Failing(NamedEngine):
        def render(self, job: RenderJob) -> Rendition:
            raise BrokenImage("this file is damaged")

    shop = workshop(engines={"failing": Failing("failing", 0)})
    file = source(tmp_path, b"HOSTILE size 1000x1000")
    with pytest.raises(TooLarge, match="memory"):
        shop.render(order(Limits(memory_bytes=15_000_000)), [file])
    with pytest.raises(BrokenImage):
        shop.render(order(Limits(memory_bytes=17_000_000)), [file])


def test_not_this_format_from_all_is_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFeature):
        workshop(decoders={"faulty": Faulty(NotThisFormat("no"))}).render(order(), [source(tmp_path, b"x")])
