"""Passwords that are kept by QIS itself."""

from collections.abc import Sequence

from qis_core.api import PasswordAuthenticator, PluginContext, SettingsGroup, hookimpl
from qis_core.builtin.passwords.authenticator import Argon2Authenticator, PasswordSettings

QIS_API = (1, 0)


@hookimpl
def qis_register_settings() -> Sequence[SettingsGroup]:
    """The settings ``qis.passwords.*``."""
    return [SettingsGroup(name="passwords", type=PasswordSettings)]


@hookimpl
def qis_register_authenticators(context: PluginContext) -> Sequence[PasswordAuthenticator]:
    """The authenticator that checks hashes."""
    return [Argon2Authenticator(context.settings(PasswordSettings))]
