// import { gallery } from "…/static/js/qis-viewers.mjs": the same as an ES module.
import { start } from "./viewers.js";

export { QisGallery, QisImage, QisLightbox, QisSlideshow, QisZoom, gallery, image, lightbox, slideshow, zoom } from "./viewers.js";

start(import.meta.url);
