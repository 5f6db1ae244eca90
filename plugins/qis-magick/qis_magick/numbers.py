"""Numbers that ImageMagick 6 has names for: from magick/{constitute,colorspace,composite,distort,…}.h."""

from __future__ import annotations

CHAR, SHORT = 1, 7
"""StorageType."""

LINEAR, GREY, CMYK, SRGB, LUMA_601 = 1, 2, 12, 13, 17
"""ColorspaceType; 1 is RGB in linear light."""

DEACTIVATE, EXTRACT, OPAQUE = 4, 5, 6
"""AlphaChannelType."""

ALPHA, ALL_CHANNELS = 8, 0x7FFFFFF
"""ChannelType."""

COPY, COPY_OPACITY, OVER, PLUS = 13, 17, 40, 42
"""CompositeOperator."""

AFFINE = 2
"""DistortImageMethod: AffineProjectionDistortion."""

EDGE, TRANSPARENT_EDGE = 4, 8
"""VirtualPixelMethod."""

LANCZOS = 22
"""FilterTypes."""

MULTIPLY = 7
"""MagickEvaluateOperator."""

FLATTEN = 14
"""ImageLayerMethod."""

ZIP = 13
"""CompressionType: Deflate."""

PER_CENTIMETRE, PER_INCH = 2, 1
"""ResolutionType."""

INTENTS = {"saturation": 1, "perceptual": 2, "absolute": 3, "relative": 4}
"""RenderingIntent."""
