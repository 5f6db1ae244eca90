"""The Pillow engine: renders every recipe that the installed decoders and encoders allow."""
