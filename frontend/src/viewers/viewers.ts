// All viewers, as elements and as functions.
import { define } from "./define.js";
import { build } from "./dom.js";
import { QisGallery } from "./gallery.js";
import { QisImage } from "./image.js";
import { QisLightbox } from "./lightbox.js";
import { setHome } from "./pictures.js";
import { QisSlideshow } from "./slideshow.js";
import { QisZoom } from "./zoom.js";

export { QisGallery, QisImage, QisLightbox, QisSlideshow, QisZoom };

type Place = Element | string;
/** Attributes (`thumbWidth` is `thumb-width`), and the properties `images`, `params`, `viewer`. */
type Options = Readonly<Record<string, unknown>>;

/** Starts the elements; `script` is the address that they were loaded from. */
export function start(script: string | null | undefined): void {
  setHome(script);
  define({ "qis-image": QisImage, "qis-zoom": QisZoom, "qis-gallery": QisGallery, "qis-slideshow": QisSlideshow, "qis-lightbox": QisLightbox });
}

/** Puts a responsive picture into a container (an element or its id). */
export function image(container: Place, src: string, options: Options = {}): QisImage {
  return build("qis-image", container, { src, ...options });
}

/** Puts a zoomable picture into a container. */
export function zoom(container: Place, src: string, options: Options = {}): QisZoom {
  return build("qis-zoom", container, { src, ...options });
}

/** Puts a gallery into a container: `folder` or `images` among the options. */
export function gallery(container: Place, options: Options): QisGallery {
  return build("qis-gallery", container, options);
}

/** Puts a slideshow into a container. */
export function slideshow(container: Place, options: Options): QisSlideshow {
  return build("qis-slideshow", container, options);
}

/** Makes the images that a CSS selector finds open large. */
export function lightbox(selector: string, options: Options = {}): QisLightbox {
  return build("qis-lightbox", document.body, { for: selector, ...options });
}
