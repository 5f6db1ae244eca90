"""PostScript for QIS: EPS pictures and the pages of PS documents."""

__version__ = "0.1.0"
