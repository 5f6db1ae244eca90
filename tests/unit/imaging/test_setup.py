"""What render processes are told of the server's settings."""

from pathlib import Path

from qis_core.imaging.setup import WorkerSetup
from qis_core.settings import CORE_GROUPS, ImagingSettings, load_settings


def test_workers_learn_what_rendering_needs_and_no_secrets(tmp_path: Path) -> None:
    raw = {"qis.imaging.fast": "true", "qis.database.url": "postgresql://user:pw@host/db", "qis.web.title": "Site"}
    environ = {"QIS_DATABASE_URL": "postgresql://x", "QIS_IMAGING_WORKERS": "2", "QIS_CACHE_URL": "memcached:x"}
    settings = load_settings(raw, environ, CORE_GROUPS)
    setup = WorkerSetup.of(settings, data=tmp_path, readable=[tmp_path / "library"])
    assert setup.settings == {"qis.imaging.fast": "yes", "qis.imaging.workers": "2"}
    assert (setup.data, setup.readable) == (tmp_path, [tmp_path / "library"])


def test_what_workers_are_told_gives_them_the_same_settings(tmp_path: Path) -> None:
    raw = {"qis.imaging.icc_folders": "profiles /srv/icc", "qis.imaging.max_memory_bytes": "512M"}
    settings = load_settings(raw, {}, CORE_GROUPS, here=tmp_path)
    told = load_settings(WorkerSetup.of(settings, data=tmp_path).settings, {}, CORE_GROUPS, here=Path("/elsewhere"))
    assert told.of(ImagingSettings) == settings.of(ImagingSettings)
