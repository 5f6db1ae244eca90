// Which picture is meant, on which server, and the URLs of its renderings.

/** Options of an image URL by name. */
export type Options = Readonly<Record<string, string>>;

/**
 * A picture: `src` below the library of `server` (its base URL without the last slash), with the options that
 * all its renderings have. Where `server` is "", `src` is the whole URL of a picture of somebody else.
 */
export interface Picture {
  readonly server: string;
  readonly src: string;
  readonly options: Options;
}

/** Options that say how large a rendering is and where it goes; a viewer decides these by itself. */
const SIZING = new Set([
  "src", "width", "height", "autosizefit", "autocropfit", "fit", "gravity", "halign", "valign", "dpr", "enlarge", "tile", "attach",
]);

/** Sizes that renderings are asked for in, so that few different ones are made and kept. */
export const WIDTHS: readonly number[] = [160, 320, 480, 640, 800, 960, 1280, 1600, 1920, 2560, 3200, 3840];

const IMAGE_PATH = /\/(?:image|original|erez[1-5]?\/erez)\/?$/;

let home = "";

/** Remembers the address of the script: pictures without a server of their own are on the one that it came from. */
export function setHome(script: string | null | undefined): void {
  if (script) home = script.replace(/\/static\/.*$/, "").replace(/\/$/, "");
}

/** The base URL of the server that the script came from. */
export function homeServer(): string {
  return home || new URL(document.baseURI).origin;
}

/** The picture that a text means: an image URL, whose size is left out, or a path below `server`'s library. */
export function parsePicture(text: string, server?: string | null, options: Options = {}): Picture {
  const plain = text.trim().replace(/&amp;/g, "&");
  if (/^(?:blob|data):/i.test(plain)) return { server: "", src: plain, options: {} };
  if (/[?&]src=/.test(plain)) {
    const url = new URL(plain, server ? withoutSlash(server) + "/" : document.baseURI);
    if (IMAGE_PATH.test(url.pathname)) {
      const place = url.origin + url.pathname.replace(IMAGE_PATH, "");
      return { server: place, src: cleanSource(url.searchParams.get("src") ?? ""), options: { ...unsized(url.searchParams), ...options } };
    }
  }
  if (/^(?:https?:)?\/\//i.test(plain)) return { server: "", src: new URL(plain, document.baseURI).href, options: {} };
  return { server: server ? withoutSlash(new URL(server, document.baseURI).href) : homeServer(), src: cleanSource(plain), options };
}

/** The options of a query without those of size and place; the first of a repeated one counts. */
export function unsized(query: Iterable<[string, string]>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of query) if (!SIZING.has(name) && !(name in kept)) kept[name] = value;
  return kept;
}

/** The options of a text such as `angle=90&flip=h`. */
export function parseOptions(text: string | null | undefined): Record<string, string> {
  return Object.fromEntries(new URLSearchParams((text ?? "").replace(/&amp;/g, "&").replace(/^\?/, "")));
}

/** The URL of a rendering; later options win over the picture's own. */
export function imageUrl(picture: Picture, options: Readonly<Record<string, string | number>> = {}): string {
  if (!picture.server) return picture.src;
  const all = { ...picture.options, ...options };
  const query = Object.entries(all).map(([name, value]) => `&${encode(name)}=${encode(String(value))}`);
  return `${picture.server}/image?src=${encode(picture.src)}${query.join("")}`;
}

/** The URL of the stored file as a download. */
export function originalUrl(picture: Picture): string {
  return picture.server ? `${picture.server}/original?src=${encode(picture.src)}&attach=1` : picture.src;
}

/** The smallest usual size of at least so many pixels. */
export function usualWidth(pixels: number): number {
  return WIDTHS.find((width) => width >= pixels) ?? WIDTHS[WIDTHS.length - 1]!;
}

/** What to ask for as a format where the options name none: one that every browser shows. */
export function withFormat(picture: Picture, format = "auto"): Picture {
  return picture.options.format ? picture : { ...picture, options: { ...picture.options, format } };
}

/** JPEG is made quickest; it is of no use to pictures that may be transparent. */
export function tileFormat(src: string): string {
  return /\.(?:png|gif|webp|svg|avif|jxl|psd|ico)$/i.test(src) ? "webp" : "jpg";
}

/** A file name as words: what stands for a title where there is none. */
export function nameOf(src: string): string {
  const name = src.split(/[?#]/)[0]!.split("/").pop() ?? "";
  return safeDecode(name).replace(/\.[^.]*$/, "").replace(/[_-]+/g, " ").trim() || name;
}

function cleanSource(text: string): string {
  return text.replace(/^\/+/, "");
}

function withoutSlash(text: string): string {
  return text.replace(/\/+$/, "");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/%2F/g, "/").replace(/%2C/g, ",").replace(/%3A/g, ":");
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
