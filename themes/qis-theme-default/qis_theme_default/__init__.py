"""The look that QIS comes with: quiet greys, one blue-violet accent, light and dark."""

__version__ = "0.1.0"
