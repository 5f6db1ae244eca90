// The gallery as existing pages call it.
import { define } from "../define.js";
import { elementOf } from "../dom.js";
import { QisGallery } from "../gallery.js";
import type { Entry } from "../items.js";
import { QisLightbox, entryOf, openBy } from "../lightbox.js";
import { setHome } from "../pictures.js";
import { QisZoom } from "../zoom.js";
import { type Container, type Events, type ZoomOptions, inside, listen, ofClass, openLarge, place, publish, scriptAddress, zoomAttributes } from "./old_pages.js";

setHome(scriptAddress());
define({ "qis-zoom": QisZoom, "qis-gallery": QisGallery, "qis-lightbox": QisLightbox });

interface GalleryOptions {
  readonly server?: string;
  readonly images?: readonly Entry[];
  readonly folder?: string;
  readonly thumbsize?: { readonly width?: number; readonly height?: number };
  readonly startImage?: number | string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly viewer?: ZoomOptions;
}

/** Shows a gallery in a container. */
function gallery_view_init(container: Container, options: GalleryOptions = {}, events?: Events): void {
  const { images, params } = options;
  const viewer = zoomAttributes(options.viewer);
  listen(place<QisGallery>("qis-gallery", container, { ...attributes(options), start: options.startImage ?? 0, images, params, viewer }), events);
}

/** Fits the gallery to its container. */
function gallery_view_resize(container: Container): void {
  inside<QisGallery>(container, "qis-gallery")?.resize();
}

/** A click on the element opens the options' gallery over the whole page. */
function gallery_view_init_fullscreen(img: Container, options: GalleryOptions = {}, events?: Events): void {
  openBy(elementOf(img), () => open(options, options.images ?? [], options.startImage ?? 0, events));
}

/** A click on one of a class's elements opens all their pictures, at that one. */
function gallery_view_init_all_fullscreen(name: string, options: GalleryOptions = {}, events?: Events): void {
  const elements = ofClass(name);
  // Several elements may show one picture.
  elements.forEach((element) => openBy(element, () => open(options, elements.map(entryOf), elements.indexOf(element), events)));
}

function open(options: GalleryOptions, list: readonly Entry[], start: number | string, events: Events | undefined): void {
  const entries = list.map((entry) => ({ ...options.params, ...(options.server && { server: options.server }), ...entry })) as Entry[];
  openLarge(entries, start, { ...attributes(options), viewer: zoomAttributes(options.viewer) }, events);
}

function attributes({ server, folder, thumbsize }: GalleryOptions): Record<string, string | number | undefined> {
  return { server, folder, "thumb-width": thumbsize?.width ?? 150, "thumb-height": thumbsize?.height ?? 150 };
}

publish({ gallery_view_init, gallery_view_resize, gallery_view_init_fullscreen, gallery_view_init_all_fullscreen });
