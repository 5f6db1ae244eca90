"""Flip, rotate, crop, resize and tile: where a picture's pixels go."""
