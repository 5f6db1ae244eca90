// What the scripts for existing pages share: the old options and events, said in the elements' own words.
import { build, elementOf } from "../dom.js";
import type { Entry } from "../items.js";
import type { QisLightbox } from "../lightbox.js";

export type Container = HTMLElement | string;

/** Options of the zoom viewer as pages give them. */
export interface ZoomOptions {
  readonly title?: string;
  readonly description?: string;
  readonly showcontrols?: string | boolean;
  readonly quality?: boolean;
  readonly animation?: string;
  readonly maxtiles?: number;
  readonly controls?: Readonly<Record<string, boolean | undefined>>;
  readonly doubleclickreset?: boolean;
}

/** Functions of the page that are called with the URL of the picture. */
export interface Events {
  readonly onload?: (url: string) => void;
  readonly oninfo?: (url: string) => void;
  readonly ondownload?: (url: string) => void;
  readonly onfullscreen?: (url: string, on: boolean) => void;
  readonly onchange?: (url: string) => void;
}

const BUTTONS: Readonly<Record<string, string>> = {
  title: "title", download: "download", help: "help", reset: "reset", fullscreen: "fullscreen", zoomin: "zoom-in", zoomout: "zoom-out",
};

/** The options as attributes of `<qis-zoom>`. */
export function zoomAttributes(options: ZoomOptions | null | undefined): Record<string, string> {
  const { title, description, showcontrols, quality, animation, maxtiles, controls, doubleclickreset } = options ?? {};
  const shown = Object.keys(BUTTONS).filter((name) => controls?.[name] ?? name !== "download");
  const attributes: Record<string, string | undefined> = {
    caption: title,
    description,
    controls: typeof showcontrols === "boolean" ? (showcontrols ? "yes" : "no") : (showcontrols ?? "auto"),
    smoothing: isNo(quality) ? "no" : "yes",
    animation: animation ?? "out-quadratic",
    "max-tiles": String(maxtiles ?? 256),
    buttons: shown.map((name) => BUTTONS[name]).join(" ") || "none",
    "double-click-reset": isNo(doubleclickreset) ? "no" : "yes",
  };
  return Object.fromEntries(Object.entries(attributes).filter((entry): entry is [string, string] => !!entry[1]));
}

function isNo(value: unknown): boolean {
  return value === false || value === 0 || value === "false";
}

/** Calls the page's functions; with `url` instead of the picture's own URL, where the page gave one. */
export function listen(element: HTMLElement, events: Events | null | undefined, url?: string): void {
  for (const name of ["load", "info", "download", "fullscreen", "change"] as const) {
    element.addEventListener(`qis-${name}`, (event) => {
      const { detail } = event as CustomEvent<{ url: string; on: boolean }>;
      const call = events?.[`on${name}`] as ((url: string, on?: boolean) => void) | undefined;
      if (name === "fullscreen") call?.(url ?? detail.url, detail.on);
      else call?.(url ?? detail.url);
    });
  }
}

/** Puts an element into a container of the page, which gives it its size, in place of one that was there before. */
export function place<T extends HTMLElement>(tag: string, container: Container, options: Readonly<Record<string, unknown>>): T {
  const box = elementOf(container);
  inside(box, tag)?.remove();
  const element = build<T>(tag, box, { fill: true, ...options });
  // A container without a height of its own leaves it to the element.
  if (!box.clientHeight) element.removeAttribute("fill");
  return element;
}

/** The element that was put into a container, if any. */
export function inside<T extends HTMLElement>(container: Container, tag: string): T | null {
  return elementOf(container).querySelector<T>(`:scope > ${tag}`);
}

/** Opens pictures over the whole page, and leaves nothing behind when they are closed. */
export function openLarge(list: readonly Entry[], index: number | string, options: Readonly<Record<string, unknown>>, events: Events | null | undefined): void {
  const lightbox = build<HTMLElement & QisLightbox>("qis-lightbox", document.body, {});
  const { strip, viewer, ...others } = options;
  lightbox.setAttribute("strip", strip === false ? "no" : "yes");
  const { gallery } = lightbox;
  for (const [name, value] of Object.entries(others)) if (value !== undefined) gallery.setAttribute(name, String(value));
  gallery.viewer = viewer as Record<string, string>;
  listen(gallery, { ...events, onfullscreen: undefined } as Events);
  lightbox.open(0, list);
  gallery.setAttribute("start", String(index));
  const url = () => gallery.url || list[0]?.src || "";
  events?.onfullscreen?.(url(), true);
  lightbox.addEventListener("qis-close", () => {
    events?.onfullscreen?.(url(), false);
    lightbox.remove();
  });
}

/** The elements of a page with a class. */
export function ofClass(name: string): HTMLElement[] {
  return [...document.getElementsByClassName(name.replace(/^\./, ""))] as HTMLElement[];
}

/** Makes functions global, as pages call them. */
export function publish(functions: Readonly<Record<string, unknown>>): void {
  Object.assign(globalThis, functions);
}

/** The address of the script that is running. */
export function scriptAddress(): string | undefined {
  return (document.currentScript as HTMLScriptElement | null)?.src;
}
