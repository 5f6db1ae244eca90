"""The formats in the box: JPEG, PNG, GIF, TIFF, WebP and AVIF in and out; BMP, PNM, TGA and ICO in."""
