// The slideshow as existing pages call it.
import { define } from "../define.js";
import type { Entry } from "../items.js";
import { setHome } from "../pictures.js";
import { QisSlideshow } from "../slideshow.js";
import { type Container, inside, place, publish, scriptAddress } from "./old_pages.js";

setHome(scriptAddress());
define({ "qis-slideshow": QisSlideshow });

interface SlideshowOptions {
  readonly mode?: "slide" | "stack" | "fade";
  readonly server?: string;
  readonly images?: readonly Entry[];
  readonly folder?: string;
  readonly controls?: boolean;
  readonly dots?: boolean;
  readonly dotColor?: string;
  readonly dotSelectedColor?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly delay?: number;
  readonly duration?: number;
  readonly pauseOnHover?: boolean;
  readonly bgColor?: string;
}

/** Shows pictures one after another in a container. */
function slideshow_view_init(container: Container, options: SlideshowOptions = {}): void {
  const { mode, server, images, folder, controls, dots, params, delay, duration, pauseOnHover } = options;
  const slideshow = place<QisSlideshow>("qis-slideshow", container, { mode, server, folder, controls, dots, delay, duration, pauseOnHover, images, params });
  slideshow.style.setProperty("--qis-dot", options.dotColor ?? "#666666");
  slideshow.style.setProperty("--qis-dot-selected", options.dotSelectedColor ?? "#dddddd");
  if (options.bgColor) slideshow.style.setProperty("--qis-slide-ground", options.bgColor);
}

const on = (act: (slideshow: QisSlideshow) => void) => (container: Container) => {
  const slideshow = inside<QisSlideshow>(container, "qis-slideshow");
  if (slideshow) act(slideshow);
};

publish({
  slideshow_view_init,
  slideshow_view_stop: on((slideshow) => slideshow.stop()),
  slideshow_view_start: on((slideshow) => slideshow.play()),
  slideshow_view_prev: on((slideshow) => slideshow.previous()),
  slideshow_view_next: on((slideshow) => slideshow.next()),
  slideshow_view_index: (container: Container, index: number) => on((slideshow) => slideshow.select(Number(index)))(container),
});
