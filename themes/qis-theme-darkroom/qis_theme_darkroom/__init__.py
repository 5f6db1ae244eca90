"""A dark look for people who work with pictures all day: a rail at the side, black ground, safelight red."""

__version__ = "0.1.0"
