"""RAW files of cameras as pictures for QIS."""

__version__ = "0.1.0"
