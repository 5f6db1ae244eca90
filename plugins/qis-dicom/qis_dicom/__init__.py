"""DICOM pictures for QIS."""

__version__ = "0.1.0"
