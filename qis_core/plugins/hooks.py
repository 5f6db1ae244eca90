"""The hooks as ``qis_core.api.hookspecs`` declares them, and a plugin's implementations of them."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pluggy

from qis_core.api import API_VERSION, hookspecs

KINDS = ("Register", "Decide", "Notify")


class PluginRefused(Exception):
    """The plugin does not keep the contract; the text is a sentence for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookSpec:
    """One hook: its kind (one of KINDS), arguments by name, and documentation."""

    name: str
    kind: str
    arguments: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """One plugin's function for one hook."""

    plugin: str
    hook: str
    function: Callable[..., object]
    arguments: tuple[str, ...]

    def call(self, **available: object) -> object:
        """Calls the function with those arguments that it asks for. Raises whatever it raises."""
        return self.function(*(available[name] for name in self.arguments))


def _specs() -> Mapping[str, HookSpec]:
    found = {}
    for name, function in vars(hookspecs).items():
        if name.startswith("qis_"):
            doc = inspect.getdoc(function) or ""
            arguments = tuple(function.__code__.co_varnames[: function.__code__.co_argcount])
            found[name] = HookSpec(name=name, kind=doc.split(" ")[0], arguments=arguments, doc=doc)
    return found


SPECS: Mapping[str, HookSpec] = _specs()
"""Every hook by name, in the order of the contract."""


def implementations(name: str, plugin: object) -> tuple[Implementation, ...]:
    """The hooks that ``plugin`` implements, in the order of the contract.

    Raises PluginRefused for a hook that does not exist, arguments that it does not have, defaults,
    wrappers, a forgotten ``@hookimpl``, and where there is nothing at all.
    """
    # One pluggy manager for each plugin, without specifications: pluggy knows how a hook is marked,
    # and the comparison below can say what is wrong and leaves nothing behind in a shared manager.
    manager = pluggy.PluginManager("qis")
    manager.register(plugin, name)
    found = {caller.name: caller.get_hookimpls()[0] for caller in manager.get_hookcallers(plugin) or ()}
    for hook in SPECS:
        if hook not in found and callable(getattr(plugin, hook, None)):
            raise PluginRefused(f"{hook} is not marked with @hookimpl")
    if not found:
        raise PluginRefused("it implements no hook")
    for hook, implementation in found.items():
        _check(hook, implementation)
    return tuple(
        Implementation(plugin=name, hook=hook, function=found[hook].function, arguments=tuple(found[hook].argnames))
        for hook in SPECS
        if hook in found
    )


def check_api(plugin: object) -> tuple[int, int]:
    """The API version that the plugin states. Raises PluginRefused where it is not one of ours."""
    stated = getattr(plugin, "QIS_API", None)
    ours = ".".join(map(str, API_VERSION))
    if stated is None:
        raise PluginRefused(f"it does not state the API version it was written for, such as QIS_API = {API_VERSION}")
    if not (isinstance(stated, tuple) and len(stated) == 2 and all(type(part) is int for part in stated)):
        raise PluginRefused(f"QIS_API is {stated!r}; it must be two whole numbers such as {API_VERSION}")
    if stated[0] != API_VERSION[0] or stated[1] > API_VERSION[1]:
        raise PluginRefused(f"it was written for API {stated[0]}.{stated[1]}, and this server has {ours}")
    return stated[0], stated[1]


def _check(hook: str, implementation: pluggy.HookImpl) -> None:
    if hook not in SPECS:
        near = difflib.get_close_matches(hook, SPECS, n=1)
        raise PluginRefused(f"{hook} is no hook of QIS" + (f"; did you mean {near[0]}?" if near else ""))
    if implementation.wrapper or implementation.hookwrapper:
        raise PluginRefused(f"{hook} is a wrapper; hooks cannot be wrapped")
    if implementation.kwargnames:
        # An argument with a default would never be passed, which is hard to see in the plugin.
        raise PluginRefused(f"{hook} gives {', '.join(implementation.kwargnames)} a default value; take it out")
    wrong = [argument for argument in implementation.argnames if argument not in SPECS[hook].arguments]
    if wrong:
        allowed = ", ".join(SPECS[hook].arguments) or "no arguments"
        raise PluginRefused(f"{hook} asks for {', '.join(wrong)}, which the hook does not have; it may take {allowed}")
