"""JPEG XL pictures for QIS, in and out."""

__version__ = "0.1.0"
