"""QIS, a dynamic image platform. This module holds the version only: importing a plugin runs it."""

__version__ = "0.1.0"
