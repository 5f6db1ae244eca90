// <qis-gallery>: many pictures as thumbnails, one of them large and zoomable.
import { Viewer, button, make, prefersStill } from "./dom.js";
import { type Entry, type Item, Items, entriesOf, labelOf, optionsOf, sized } from "./items.js";
import { details } from "./library.js";
import { imageUrl, parsePicture, withFormat } from "./pictures.js";
import { sentence, waysOn } from "./reasons.js";
import type { QisZoom } from "./zoom.js";

/** How far a finger goes to turn to the next picture, as a share of the width. */
const SWIPE = 0.15;

const STYLE = `
:host { position: relative; display: flex; flex-direction: column; width: 100%; height: var(--qis-height, 560px); background: var(--_ground); overflow: hidden; }
:host([fill]) { height: 100%; }
.main { position: relative; flex: 1; min-height: 0; }
qis-zoom { position: absolute; inset: 0; height: 100%; --qis-ground: transparent; --_touch: var(--_around, pan-y); }
.turn { position: absolute; top: 50%; translate: 0 -50%; }
.previous { left: 12px; } .next { right: 12px; }
.count { position: absolute; right: 12px; top: 12px; padding: 2px 10px; font-size: 13px; font-variant-numeric: tabular-nums; }
.strip {
  display: flex; flex: none; gap: 8px; margin: 0; padding: 8px; overflow-x: auto; overscroll-behavior-x: contain; list-style: none;
  scrollbar-width: thin; min-height: calc(var(--_thumb-height) + 16px);
}
.strip button { width: var(--_thumb-width); height: var(--_thumb-height); border-radius: 0; background: transparent; opacity: .78; content-visibility: auto; contain-intrinsic-size: auto var(--_thumb-width) auto var(--_thumb-height); }
.strip button:hover { opacity: 1; }
.strip button[aria-current] { opacity: 1; box-shadow: 0 0 0 3px var(--_accent); }
.strip img { width: 100%; height: 100%; object-fit: contain; }
.note { display: grid; justify-items: center; gap: 8px; margin: auto; padding: 16px; text-align: center; }
.note p { margin: 0; }
.note :is(a, button) { display: inline-grid; place-items: center; width: auto; min-height: 40px; padding: 0 16px; border: 1px solid var(--_line); border-radius: var(--_radius); color: inherit; text-decoration: none; }
@media (max-width: 480px) { :host { height: var(--qis-height, 460px); } }
`;

/** Thumbnails and a viewer. */
export class QisGallery extends Viewer {
  static readonly observedAttributes = [
    "folder", "images", "server", "options", "start", "thumb-width", "thumb-height", "strip", "controls", "buttons", "animation", "wheel",
  ];
  readonly #zoom = make("qis-zoom" as "div", { part: "viewer", exportparts: "stage, canvas, controls, button, panel, problem, link" }) as unknown as QisZoom;
  readonly #count = make("div", { class: "count floating", part: "count", "aria-live": "polite" });
  readonly #main: HTMLElement;
  readonly #strip = make("ul", { class: "strip", part: "strip", "aria-label": "Pictures" });
  readonly #note = make("div", { class: "note", part: "note", role: "status", hidden: true });
  readonly #turns: readonly HTMLElement[];
  readonly #watch = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && void this.#more());
  #entries: readonly Entry[] | undefined;
  #params: Readonly<Record<string, unknown>> | undefined;
  #viewer: Readonly<Record<string, string>> = {};
  #items: Items | undefined;
  #list: Item[] = [];
  #index = -1;
  #given = "";
  #isReading = false;
  #swipe: { id: number; x: number; y: number } | undefined;

  constructor() {
    super(STYLE);
    const turn = (name: "previous" | "next", label: string, by: number) => {
      const element = button(`turn ${name}`, name, label, () => this.select(this.#index + by));
      element.classList.add("turn", name, "floating");
      return element;
    };
    this.#turns = [turn("previous", "Previous picture", -1), turn("next", "Next picture", 1)];
    this.#main = make("div", { class: "main", part: "main" }, this.#zoom, ...this.#turns, this.#count);
    this.root.append(this.#main, this.#note, this.#strip);
    this.#strip.addEventListener("click", (event) => this.#pressed(event));
    this.root.addEventListener("keydown", (event) => this.#key(event as KeyboardEvent));
    this.#zoom.addEventListener("pointerdown", (event) => this.#touched(event));
    for (const end of ["pointerup", "pointercancel"] as const) this.#zoom.addEventListener(end, (event) => this.#lifted(event));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute("role")) this.setAttribute("role", "group");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Gallery");
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
  }

  /** The pictures, instead of the attributes `images` and `folder`: paths, image URLs or objects of `src`, `title` and options. */
  set images(list: readonly (string | Entry)[] | undefined) {
    this.#entries = list?.map((each) => (typeof each === "string" ? { src: each } : each));
    this.#given = "";
    this.changed();
  }

  /** Image options of all pictures. */
  set params(options: Readonly<Record<string, unknown>> | undefined) {
    this.#params = options;
    this.#given = "";
    this.changed();
  }

  /** Attributes of the `<qis-zoom>` within. */
  set viewer(attributes: Readonly<Record<string, string>>) {
    this.#viewer = attributes;
    this.changed();
  }

  /** The number of the picture that is shown, from 0; -1 for none. */
  get index(): number {
    return this.#index;
  }

  /** How many pictures there are (so far: a large folder is read on while one looks). */
  get length(): number {
    return this.#list.length;
  }

  /** The URL of the picture that is shown, without a size. */
  get url(): string {
    const item = this.#list[this.#index];
    return item ? imageUrl(item.picture) : "";
  }

  /** The viewer of the large picture. */
  get zoom(): QisZoom {
    return this.#zoom;
  }

  /** Shows a picture by its number; beyond the ends it goes on at the other. */
  select(index: number): void {
    if (!this.#list.length) return;
    const next = ((index % this.#list.length) + this.#list.length) % this.#list.length;
    const isOther = next !== this.#index;
    this.#index = next;
    const item = this.#list[next]!;
    this.#display(item);
    this.#mark();
    if (this.#list.length - next < 20) void this.#more();
    if (isOther) this.tell("change", { url: this.url, index: next });
  }

  /** Fits the viewer to the element's size. */
  resize(): void {
    this.#zoom.resize();
  }

  protected override update(): void {
    this.style.setProperty("--_thumb-width", `${this.number("thumb-width", 96, 24)}px`);
    this.style.setProperty("--_thumb-height", `${this.number("thumb-height", 72, 24)}px`);
    for (const name of ["controls", "buttons", "animation", "wheel"]) {
      const value = this.getAttribute(name);
      if (value !== null) this.#zoom.setAttribute(name, value);
    }
    // Words are each picture's own, see `#display`.
    const { caption: _caption, description: _description, ...viewer } = this.#viewer;
    for (const [name, value] of Object.entries(viewer)) this.#zoom.setAttribute(name, value);
    const given = ["folder", "images", "server", "options"].map((name) => this.getAttribute(name) ?? "").join("\n");
    if (given === this.#given) return;
    this.#given = given;
    void this.#load();
  }

  async #load(): Promise<void> {
    const items = new Items(this.getAttribute("server"), this.getAttribute("folder"), optionsOf(this, this.#params));
    this.#items = items;
    this.#isReading = false;
    this.#index = -1;
    this.#list = items.listed(this.hasAttribute("folder") && !this.#entries && !this.hasAttribute("images") ? [] : entriesOf(this, this.#entries));
    this.#strip.replaceChildren();
    this.#add(this.#list);
    await this.#more();
    if (items !== this.#items) return;
    this.#say(this.#list.length ? "" : "There are no pictures here.");
    if (this.#index < 0) this.select(this.#startIndex());
  }

  /** The attribute `start` is a number from 0, or a picture's path. */
  #startIndex(): number {
    const start = this.getAttribute("start") ?? "0";
    if (/^\d+$/.test(start)) return Math.min(Number(start), this.#list.length - 1);
    const { src } = start ? { src: decoded(start) } : { src: "" };
    return Math.max(0, this.#list.findIndex(({ picture }) => picture.src === src || picture.src.endsWith(`/${src}`)));
  }

  async #more(): Promise<void> {
    const items = this.#items;
    if (!items?.hasMore || this.#isReading) return;
    this.#isReading = true;
    this.#main.setAttribute("aria-busy", "true");
    try {
      const found = await items.more();
      if (items !== this.#items) return;
      this.#list.push(...found);
      this.#add(found);
      this.#mark();
    } catch (error) {
      if (items === this.#items && !this.#list.length) this.#explain(error);
      this.tell("error", { url: "", message: (error as Error).message });
    }
    this.#main.removeAttribute("aria-busy");
    this.#isReading = false;
  }

  #say(text: string): void {
    if (text && !this.#note.hidden && this.#note.textContent) return;
    this.#note.textContent = text;
    this.#note.hidden = !text;
    this.#main.hidden = !!text;
    this.#strip.hidden = !!text || !this.flag("strip", true);
  }

  /** Why there are no pictures, and what one can do about it. */
  #explain(error: unknown): void {
    this.#say(sentence(error, true));
    const { server } = parsePicture("", this.getAttribute("server"));
    const ways = waysOn(error, server, () => {
      this.#say("");
      void this.#load();
    });
    this.#note.replaceChildren(make("p", {}, sentence(error, true)), ...ways);
  }

  #add(items: readonly Item[]): void {
    const [width, height] = [this.number("thumb-width", 96, 24), this.number("thumb-height", 72, 24)];
    const from = this.#strip.children.length;
    const thumbs = items.map((item, place) => {
      const url = (dpr: number) => sized({ ...item, picture: thumbnail(item) }, width * dpr, height * dpr);
      const image = make("img", { alt: "", loading: "lazy", decoding: "async", width, height, srcset: `${url(1)} 1x, ${url(2)} 2x` });
      return make("li", {}, make("button", { type: "button", part: "thumbnail", "data-index": from + place, "aria-label": labelOf(item), title: labelOf(item), tabindex: -1 }, image));
    });
    this.#strip.append(...thumbs);
    this.#strip.hidden = !this.flag("strip", true) || this.#list.length < 2;
    for (const element of this.#turns) element.hidden = this.#list.length < 2;
    this.#watch.disconnect();
    const last = this.#strip.lastElementChild;
    if (last && this.#items?.hasMore) this.#watch.observe(last);
  }

  #display(item: Item): void {
    const { picture } = item;
    const zoom = this.#zoom;
    zoom.setAttribute("src", imageUrl(picture));
    for (const [name, value] of Object.entries({ caption: item.title || (this.#viewer.caption ?? ""), description: item.description || (this.#viewer.description ?? "") })) {
      if (value) zoom.setAttribute(name, value);
      else zoom.removeAttribute(name);
    }
    if (item.alt) zoom.setAttribute("alt", item.alt);
    else zoom.removeAttribute("alt");
    if (picture.server && !item.alt) {
      void details(picture).then((found) => found.title && this.#name(item, found.title), () => undefined);
    }
  }

  /** The library's title takes the place of the file name. */
  #name(item: Item, title: string): void {
    const thumb = this.#thumb(this.#list.indexOf(item));
    thumb?.setAttribute("aria-label", title);
    if (thumb) thumb.title = title;
  }

  #mark(): void {
    this.#count.textContent = this.#list.length > 1 && this.#index >= 0 ? `${this.#index + 1} / ${this.#list.length}${this.#items?.hasMore ? "+" : ""}` : "";
    this.#count.hidden = !this.#count.textContent;
    for (const thumb of this.#strip.querySelectorAll("[aria-current]")) {
      thumb.removeAttribute("aria-current");
      (thumb as HTMLElement).tabIndex = -1;
    }
    const thumb = this.#thumb(this.#index);
    if (!thumb) return;
    thumb.setAttribute("aria-current", "true");
    thumb.tabIndex = 0;
    const left = thumb.offsetLeft - (this.#strip.clientWidth - thumb.offsetWidth) / 2 - this.#strip.offsetLeft;
    this.#strip.scrollTo({ left, behavior: prefersStill() ? "auto" : "smooth" });
  }

  #thumb(index: number): HTMLButtonElement | null {
    return this.#strip.querySelector(`[data-index="${index}"]`);
  }

  #pressed(event: Event): void {
    const thumb = (event.target as Element).closest<HTMLElement>("[data-index]");
    if (thumb) this.select(Number(thumb.dataset.index));
  }

  /** One finger on a picture that is wholly seen turns the pages; on a closer look it moves the picture. */
  #touched(event: PointerEvent): void {
    const alone = event.isPrimary && event.pointerType !== "mouse" && !this.#zoom.isZoomed && this.#list.length > 1;
    this.#swipe = alone ? { id: event.pointerId, x: event.clientX, y: event.clientY } : undefined;
  }

  #lifted(event: PointerEvent): void {
    const swipe = this.#swipe;
    if (swipe?.id !== event.pointerId) return;
    this.#swipe = undefined;
    const [dx, dy] = [event.clientX - swipe.x, event.clientY - swipe.y];
    const isFar = Math.abs(dx) > this.clientWidth * SWIPE && Math.abs(dx) > Math.abs(dy);
    if (event.type === "pointerup" && isFar && !this.#zoom.isZoomed) this.select(this.#index - Math.sign(dx));
  }

  #key(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -1, PageDown: 1 };
    const step = steps[event.key];
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || step === undefined) return;
    this.select(this.#index + step);
    if (this.#strip.contains(this.root.activeElement)) this.#thumb(this.#index)?.focus({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation();
  }
}

function thumbnail(item: Item): Item["picture"] {
  const { width: _width, height: _height, ...options } = item.picture.options;
  return withFormat({ ...item.picture, options });
}

function decoded(text: string): string {
  return text.replace(/^.*[?&]src=([^&]*).*$/, (_all, src: string) => decodeURIComponent(src)).replace(/^\/+/, "");
}
