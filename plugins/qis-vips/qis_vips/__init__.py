"""The fast engine of QIS: pictures reduced by libvips."""

__version__ = "0.1.0"
