"""ImageMagick for QIS: more formats to read, and the print engine."""

__version__ = "0.1.0"
