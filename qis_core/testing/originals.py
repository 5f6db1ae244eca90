"""A folder of originals and what is found in it, for tests of the records of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from qis_core.api import ImageAdded, ImageDeleted, ImageReplaced, Limits, Unavailable, hookimpl

if TYPE_CHECKING:
    from qis_core.imaging.description import Description
    from qis_core.imaging.orders import DescribeOrder
    from qis_core.imaging.workshop import Workshop
    from qis_core.plugins import Kernel, PluginManager
    from qis_core.services.describing import Describe
    from qis_core.services.pictures import Finding


class Told:
    """A plugin that keeps what it is told of pictures that come, are replaced and go."""

    def __init__(self) -> None:
        self.events: list[object] = []

    @hookimpl
    def qis_notify_image_added(self, event: ImageAdded) -> None:
        """A picture came."""
        self.events.append(event)

    @hookimpl
    def qis_notify_image_replaced(self, event: ImageReplaced) -> None:
        """A picture has other bytes."""
        self.events.append(event)

    @hookimpl
    def qis_notify_image_deleted(self, event: ImageDeleted) -> None:
        """A picture is gone."""
        self.events.append(event)

    @property
    def manager(self) -> PluginManager:
        """What tells it."""
        from qis_core.plugins import PluginManager
        from qis_core.plugins.hooks import implementations

        return PluginManager(implementations("told", self))


class Originals:
    """The folder ``root`` as a library that remembers nothing, and what reads it; ``kernel`` has the readers.

    ``mounts`` are the folders of further stores by library folder. While ``away``, nothing can be read.
    """

    def __init__(self, root: Path, kernel: Kernel, mounts: Mapping[str, Path] | None = None) -> None:
        from qis_core.builtin.storage.files import FileStorage
        from qis_core.services.describing import Describer, Recordable
        from qis_core.storage.library import Library

        describe = in_process(kernel)

        def answer(*arguments: Any, **others: Any) -> Description:
            if self.away:
                raise Unavailable("the render processes are away")
            return describe(*arguments, **others)

        self.away = False
        self.root = root
        places = {"": root, **(mounts or {})}
        self.library = Library({folder: FileStorage(place) for folder, place in places.items()}, freshness_seconds=0)
        self.describer = Describer(library=self.library, describe=answer, limits=Limits())
        self.recordable = Recordable(kernel.registries.decoders.unique)

    def finding(self, path: str) -> Finding:
        """What is found at ``path``."""
        found = self.describer.of(self.library.stat_now(path))
        assert found is not None
        return found


def workshop_of(kernel: Kernel) -> Workshop:
    """What render processes do their orders with, for this process."""
    from qis_core.imaging.workshop import Workshop

    registries = kernel.registries
    return Workshop(
        decoders=registries.decoders,
        encoders=registries.encoders,
        engines=registries.engines,
        operations=registries.operations,
        metadata_readers=registries.metadata_readers,
        analysers=registries.analysers,
        pyramid_makers=registries.pyramid_makers,
    )


def in_process(kernel: Kernel) -> Describe:
    """What a render worker does with a file, done in this process."""
    from qis_core.imaging.sources import FileSource

    workshop = workshop_of(kernel)

    def describe(order: DescribeOrder, files: Sequence[BinaryIO], *, client: str) -> Description:
        paths = [Path(f"/dev/fd/{file.fileno()}") for file in files]
        return workshop.describe(order, *(FileSource(order.source_name, path) for path in paths))

    return describe
