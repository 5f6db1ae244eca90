// The plainest viewer as existing pages call it: clicks zoom, with Shift out again, with Alt they move.
import { define } from "../define.js";
import { build, elementOf } from "../dom.js";
import { entryOf } from "../lightbox.js";
import { setHome } from "../pictures.js";
import { QisZoom } from "../zoom.js";
import { type Container, inside, place, publish, scriptAddress } from "./old_pages.js";

setHome(scriptAddress());
define({ "qis-zoom": QisZoom });

const CLICKS = { click: "zoom", controls: "no" };
const covers = new WeakMap<HTMLElement, QisZoom>();

/** Shows a picture that clicks zoom, in a container. */
function simple_view_init(container: Container, image_url: string): void {
  place("qis-zoom", container, { src: image_url, ...CLICKS });
}

/** Shows the whole picture of a container again. */
function simple_view_reset(container: Container): void {
  inside<QisZoom>(container, "qis-zoom")?.reset();
}

/** Makes clicks zoom a picture of the page where it stands. */
function simple_view_init_image(img: Container): void {
  const element = elementOf(img);
  element.style.cursor = "zoom-in";
  element.addEventListener("click", (event) => {
    if (covers.has(element) || event.shiftKey) return;
    event.preventDefault();
    cover(element, event);
  });
}

/** Shows the picture as the page had it. */
function simple_view_reset_image(img: Container): void {
  const element = elementOf(img);
  covers.get(element)?.remove();
  covers.delete(element);
}

/** Lays a viewer exactly over a picture, which keeps its place on the page. */
function cover(element: HTMLElement, event: MouseEvent): void {
  const { src, alt } = entryOf(element);
  const zoom = build<QisZoom>("qis-zoom", null, { src, alt, ...CLICKS });
  covers.set(element, zoom);
  Object.assign(zoom.style, { position: "absolute", left: "0", top: "0", visibility: "hidden" });
  element.after(zoom);
  const fit = () => {
    if (!zoom.isConnected) return watch.disconnect();
    const [wanted, is] = [element.getBoundingClientRect(), zoom.getBoundingClientRect()];
    Object.assign(zoom.style, {
      width: `${wanted.width}px`, height: `${wanted.height}px`,
      left: `${parseFloat(zoom.style.left) + wanted.left - is.left}px`, top: `${parseFloat(zoom.style.top) + wanted.top - is.top}px`,
    });
  };
  const watch = new ResizeObserver(fit);
  watch.observe(element);
  watch.observe(document.documentElement);
  fit();
  const box = element.getBoundingClientRect();
  zoom.addEventListener("qis-load", () => {
    zoom.style.visibility = "";
    zoom.press({ x: event.clientX - box.left, y: event.clientY - box.top }, event);
  }, { once: true });
}

publish({ simple_view_init, simple_view_reset, simple_view_init_image, simple_view_reset_image });
