// The pictures of a gallery or slideshow: a list given by the page, or a folder of the library.
import { folder } from "./library.js";
import { type Options, type Picture, imageUrl, nameOf, parseOptions, parsePicture, withFormat } from "./pictures.js";

/** A picture as pages list it: `src` (a path, or an image URL), and whatever options its renderings shall have. */
export interface Entry {
  readonly src: string;
  readonly server?: string;
  readonly title?: string;
  readonly description?: string;
  readonly alt?: string;
  readonly url?: string;
  readonly [option: string]: unknown;
}

/** A picture in a list, with what the page says of it. */
export interface Item {
  readonly picture: Picture;
  readonly title: string;
  readonly description: string;
  readonly alt: string;
  readonly link: string;
}

/** What a signature for any size leaves open. */
const OPEN = new Set(["width", "height", "tile", "autosizefit", "format", "stats"]);
const OWN = new Set(["src", "server", "title", "description", "alt", "url"]);

/** The items that an element's `images` or children, and its `folder`, stand for. */
export class Items {
  readonly #server: string;
  readonly #path: string | null;
  readonly #options: Options;
  #next = 0;

  /** `server` and `options` hold for all; `path` is the folder, null for none. */
  constructor(server: string | null, path: string | null, options: Options) {
    this.#server = server ?? "";
    this.#path = path;
    this.#options = options;
  }

  /** The pictures that the page lists. */
  listed(entries: readonly Entry[]): Item[] {
    return entries.filter((entry) => entry.src).map((entry) => this.#item(entry));
  }

  /** Whether the folder has more than was read. */
  get hasMore(): boolean {
    return this.#path !== null && this.#next >= 0;
  }

  /** The next pictures of the folder. Rejects with the server's words. */
  async more(): Promise<Item[]> {
    if (!this.hasMore) return [];
    const { server } = parsePicture("", this.#server);
    const found = await folder(server, this.#path!, this.#next);
    this.#next = found.next;
    return found.pictures.map((picture) => item({ ...picture, options: optionsFor(picture, this.#options) }));
  }

  #item(entry: Entry): Item {
    const own = Object.entries(entry).filter(([name, value]) => !OWN.has(name) && value !== undefined && value !== null && typeof value !== "object");
    const options = { ...this.#options, ...Object.fromEntries(own.map(([name, value]) => [name, String(value)])) };
    return { ...item(parsePicture(entry.src, entry.server ?? this.#server, options)), ...words(entry) };
  }
}

/** What may be said of a picture that a list gave: a signature is for the plain picture, in whatever size and format. */
function optionsFor(listed: Picture, options: Options): Options {
  if (!listed.options.sig) return options;
  return { ...Object.fromEntries(Object.entries(options).filter(([name]) => OPEN.has(name))), ...listed.options };
}

function item(picture: Picture): Item {
  return { picture, title: "", description: "", alt: "", link: "" };
}

function words(entry: Entry): Omit<Item, "picture"> {
  return { title: entry.title ?? "", description: entry.description ?? "", alt: entry.alt ?? entry.title ?? "", link: entry.url ?? "" };
}

/** What to call an item where nobody has given it a title. */
export function labelOf(item: Item): string {
  return item.alt || nameOf(item.picture.src);
}

/** The pictures that an element says it shows: its property, its attribute (JSON, or paths by lines), or the images and links in it. */
export function entriesOf(element: HTMLElement, property: readonly Entry[] | undefined): readonly Entry[] {
  if (property) return property;
  const text = element.getAttribute("images")?.trim();
  if (text) return text.startsWith("[") ? entries(JSON.parse(text)) : entries(text.split(/\s*[\n]\s*/));
  return [...element.querySelectorAll<HTMLElement>("a[href], img, qis-image")].flatMap((child) => {
    if (child.matches("a img, a qis-image")) return [];
    const inner = child.matches("a") ? child.querySelector("img, qis-image") : child;
    const src = inner?.getAttribute("data-full") ?? inner?.getAttribute("src") ?? child.getAttribute("href");
    if (!src) return [];
    const link = child.getAttribute("href");
    const about = { alt: inner?.getAttribute("alt") ?? child.textContent?.trim() ?? "", title: child.title || (inner as HTMLElement | null)?.title || "" };
    return [{ src, ...about, ...(inner?.getAttribute("server") && { server: inner.getAttribute("server")! }), ...(link && inner && { url: link }) }];
  });
}

function entries(list: readonly (string | Entry)[]): Entry[] {
  return list.map((each) => (typeof each === "string" ? { src: each } : each));
}

/** The `options` attribute and the `params` property of an element together. */
export function optionsOf(element: HTMLElement, params: Readonly<Record<string, unknown>> | undefined): Options {
  const given = Object.entries(params ?? {}).map(([name, value]) => [name, String(value)] as const);
  return { ...parseOptions(element.getAttribute("options")), ...Object.fromEntries(given) };
}

/** The URL of an item at most `width` × `height` pixels large, whole. */
export function sized(item: Item, width: number, height: number): string {
  const { options } = item.picture;
  const size: Record<string, number> = options.width || options.height ? {} : { width, height, autosizefit: 1 };
  return imageUrl(withFormat(item.picture), size);
}
