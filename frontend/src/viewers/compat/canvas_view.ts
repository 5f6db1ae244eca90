// The zoom viewer as existing pages call it.
import { define } from "../define.js";
import { elementOf } from "../dom.js";
import { QisGallery } from "../gallery.js";
import { QisLightbox, entryOf, openBy } from "../lightbox.js";
import { setHome } from "../pictures.js";
import { QisZoom } from "../zoom.js";
import { type Container, type Events, type ZoomOptions, inside, listen, ofClass, openLarge, place, publish, scriptAddress, zoomAttributes } from "./old_pages.js";

setHome(scriptAddress());
define({ "qis-zoom": QisZoom, "qis-gallery": QisGallery, "qis-lightbox": QisLightbox });

/** Shows a zoomable picture in a container. */
function canvas_view_init(container: Container, image_url: string, options?: ZoomOptions, events?: Events): void {
  listen(place("qis-zoom", container, { src: image_url, ...zoomAttributes(options) }), events, image_url);
}

/** A click on the picture, or on an element with a background picture, opens it large. */
function canvas_view_init_image(img: Container, options?: ZoomOptions, events?: Events): void {
  const element = elementOf(img);
  openBy(element, () => openLarge([entryOf(element)], 0, { strip: false, viewer: zoomAttributes(options) }, events));
}

/** The same for all elements of a class. */
function canvas_view_init_all_images(name: string, options?: ZoomOptions, events?: Events): void {
  for (const element of ofClass(name)) canvas_view_init_image(element, options, events);
}

const on = (act: (zoom: QisZoom) => void) => (container: Container) => {
  const zoom = inside<QisZoom>(container, "qis-zoom");
  if (zoom) act(zoom);
};

publish({
  canvas_view_init,
  canvas_view_init_image,
  canvas_view_init_all_images,
  canvas_view_zoom_in: on((zoom) => zoom.zoomIn()),
  canvas_view_zoom_out: on((zoom) => zoom.zoomOut()),
  canvas_view_toggle_help: on((zoom) => zoom.toggleHelp()),
  canvas_view_toggle_image_info: on((zoom) => zoom.toggleInfo()),
  canvas_view_toggle_fullscreen: on((zoom) => void zoom.toggleFullscreen()),
  canvas_view_reset: on((zoom) => zoom.reset()),
  canvas_view_resize: on((zoom) => zoom.resize()),
});
