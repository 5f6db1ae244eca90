// <qis-zoom>: one picture that can be looked at as closely as it is.
import { type Source, Stage } from "./canvas.js";
import { Viewer, button, make, relabel } from "./dom.js";
import { outputSize } from "./geometry.js";
import { Gestures, pressKey } from "./gestures.js";
import { pyramid, tileOption } from "./levels.js";
import { type Details, Refused, details, refusal } from "./library.js";
import { type Picture, imageUrl, nameOf, originalUrl, parseOptions, parsePicture, tileFormat, withFormat } from "./pictures.js";
import { sentence, waysOn } from "./reasons.js";
import { type Point, closest, fitted } from "./view.js";

const STYLE = `
:host { position: relative; width: 100%; height: var(--qis-height, 420px); overflow: hidden; background: var(--_ground); contain: content; }
:host([fill]) { height: 100%; }
:host([data-full]) { position: fixed !important; inset: 0; width: 100vw !important; height: 100dvh !important; z-index: 2147483000; }
.stage { position: absolute; inset: 0; touch-action: var(--_touch, pan-x pan-y); cursor: zoom-in; outline-offset: -3px; }
.stage.zoomed { touch-action: none; cursor: grab; }
.stage.zoomed:active { cursor: grabbing; }
.stage[aria-busy]::after {
  content: ""; position: absolute; inset: 0 auto auto 0; width: 30%; height: 3px; background: var(--_accent); opacity: 0;
  animation: busy 1.4s .5s ease-in-out infinite;
}
@keyframes busy { from { left: -30%; opacity: 1; } to { left: 100%; opacity: 1; } }
canvas { display: block; width: 100%; height: 100%; user-select: none; -webkit-user-select: none; }
.bar {
  position: absolute; inset: auto 0 12px; width: max-content; max-width: calc(100% - 24px); margin: 0 auto; padding: 2px;
  display: flex; flex-wrap: wrap; justify-content: center; transition: opacity .15s;
}
.bar.auto { opacity: 0; pointer-events: none; }
:host(:hover) .bar.auto, :host(:focus-within) .bar.auto, .bar.auto.touched { opacity: 1; pointer-events: auto; }
button[aria-disabled=true] { opacity: .4; cursor: default; }
.panel { position: absolute; left: 12px; top: 12px; max-width: min(420px, calc(100% - 24px)); max-height: calc(100% - 88px); overflow: auto; padding: 12px 16px; }
.panel h2 { margin: 0 0 4px; font-size: 16px; line-height: 1.3; }
.panel p { margin: 0; white-space: pre-line; overflow-wrap: anywhere; }
.panel .size { color: var(--_quiet); }
.panel dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 16px; margin: 0; }
.panel dt { font-weight: 600; } .panel dd { margin: 0; }
.problem { position: absolute; inset: 0; display: grid; place-content: center; gap: 8px; justify-items: center; padding: 16px; text-align: center; }
.problem p { margin: 0; }
.problem div { display: flex; flex-wrap: wrap; justify-content: center; gap: 8px; }
.problem :is(a, button) { display: inline-grid; place-items: center; width: auto; min-height: 40px; padding: 0 16px; border: 1px solid var(--_line); border-radius: var(--_radius); color: inherit; text-decoration: none; }
@media (prefers-reduced-motion: reduce) { .bar { transition: none; } .stage[aria-busy]::after { width: 100%; animation: none; opacity: .6; } }
`;

const BUTTONS = "title help reset fullscreen zoom-in zoom-out";
const KEYS: readonly (readonly [string, string])[] = [
  ["Drag, arrows", "move"], ["Wheel, pinch, + and −", "zoom"], ["Double click", "zoom in, or the whole picture again"],
  ["0", "the whole picture"], ["F", "full screen"], ["I", "about the picture"], ["?", "this help"],
];
const LISTENED = [
  "src", "server", "options", "caption", "description", "alt", "controls", "buttons", "animation", "duration", "smoothing", "max-tiles",
] as const;

/** A deep zoom viewer. Its attributes and events are told in the guide on viewers. */
export class QisZoom extends Viewer {
  static readonly observedAttributes: readonly string[] = LISTENED;
  readonly #canvas = make("canvas", { part: "canvas" });
  readonly #surface = make("div", { class: "stage", part: "stage", role: "img", tabindex: 0 }, this.#canvas);
  readonly #stage: Stage;
  readonly #bar = make("div", { class: "bar floating", part: "controls", role: "toolbar", "aria-label": "Picture" });
  readonly #panel = make("div", { class: "panel floating", part: "panel", role: "region", tabindex: 0, hidden: true });
  readonly #problem = make("div", { class: "problem", part: "problem", role: "alert", hidden: true });
  readonly #spoken = make("div", { class: "spoken", role: "status" });
  readonly #buttons: Readonly<Record<string, HTMLButtonElement>>;
  readonly #watch = new ResizeObserver((entries) => this.#resized(entries[0]!));
  #picture: Picture | undefined;
  #details: Details | undefined;
  #shown = "";
  #panelShows = "";
  #number = 0;
  #speaking = 0;
  #hiding = 0;

  constructor() {
    super(STYLE);
    this.#stage = new Stage(this.#canvas, { shown: () => this.#loaded(), failed: (why) => this.#failed(why), moved: () => this.#moved() });
    this.#buttons = {
      "zoom-out": button("zoom-out", "minus", "Zoom out", () => this.zoomOut()),
      "zoom-in": button("zoom-in", "plus", "Zoom in", () => this.zoomIn()),
      reset: button("reset", "reset", "Show the whole picture", () => this.reset()),
      title: button("title", "info", "About the picture", () => this.toggleInfo()),
      help: button("help", "help", "Help", () => this.toggleHelp()),
      download: button("download", "download", "Download", () => this.download()),
      fullscreen: button("fullscreen", "full", "Full screen", () => void this.toggleFullscreen()),
    };
    this.#bar.append(...Object.values(this.#buttons));
    this.root.append(this.#surface, this.#panel, this.#problem, this.#bar, this.#spoken);
    new Gestures(this.#surface, this.#stage, {
      click: (at, event) => this.#click(at, event),
      double: (at, event) => this.#double(at, event),
      wheel: () => this.getAttribute("wheel") !== "ctrl",
    });
    this.root.addEventListener("keydown", (event) => this.#key(event as KeyboardEvent));
    this.addEventListener("fullscreenchange", () => this.#fullscreenChanged());
    this.addEventListener("pointerdown", (event) => this.#touched(event));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    try {
      this.#watch.observe(this, { box: "device-pixel-content-box" });
    } catch {
      this.#watch.observe(this);
    }
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
    this.#stage.show(undefined);
    this.#shown = "";
    this.#number++;
  }

  /** The URL of the picture that is shown, without a size. */
  get url(): string {
    return this.#picture ? imageUrl(this.#picture) : "";
  }

  /** How much larger or smaller than its own pixels the picture is shown. */
  get scale(): number {
    return this.#stage.view.scale;
  }

  /** Whether it shows less than the whole picture. */
  get isZoomed(): boolean {
    return this.#stage.isZoomed;
  }

  /** Whether the viewer fills the screen or the window. */
  get isFullscreen(): boolean {
    return document.fullscreenElement === this || this.hasAttribute("data-full");
  }

  zoomIn(): void {
    this.#stage.zoom(1);
  }

  zoomOut(): void {
    this.#stage.zoom(-1);
  }

  /** Shows the whole picture. */
  reset(): void {
    this.#stage.reset();
  }

  /** Fits the picture to the element's size; needed only where a browser does not tell of it by itself. */
  resize(): void {
    const { width, height } = this.getBoundingClientRect();
    this.#fit(width, height, width * devicePixelRatio, height * devicePixelRatio);
  }

  toggleHelp(): void {
    this.#toggle("help");
  }

  /** Shows or hides title and description. */
  toggleInfo(): void {
    this.#toggle("info");
    if (this.#panelShows === "info") this.tell("info", { url: this.url });
  }

  /** Saves the original, where one may. */
  download(): void {
    if (!this.#picture) return;
    const link = make("a", { href: originalUrl(this.#picture), download: "" });
    link.click();
    this.tell("download", { url: this.url });
  }

  /** Fills the screen, or the window where the browser has no full screen for it; and back. */
  async toggleFullscreen(): Promise<void> {
    if (document.fullscreenElement === this) await document.exitFullscreen();
    else if (this.hasAttribute("data-full")) this.#fillWindow(false);
    else if (document.fullscreenEnabled) await this.requestFullscreen().catch(() => this.#fillWindow(true));
    else this.#fillWindow(true);
  }

  protected override update(): void {
    this.#stage.manner = {
      easing: this.getAttribute("animation") ?? "out-quadratic",
      duration: this.number("duration", 300),
      smooth: this.flag("smoothing", true),
    };
    const given = ["src", "server", "options", "max-tiles"].map((name) => this.getAttribute(name) ?? "").join("\n");
    if (given !== this.#shown) {
      this.#shown = given;
      void this.#load();
    }
    this.#describe();
    this.#arrange();
  }

  async #load(): Promise<void> {
    const number = ++this.#number;
    this.#details = undefined;
    this.#problem.hidden = true;
    const src = this.getAttribute("src");
    if (!src) {
      this.#picture = undefined;
      this.#stage.show(undefined);
      return;
    }
    this.#picture = parsePicture(src, this.getAttribute("server"), parseOptions(this.getAttribute("options")));
    this.#surface.setAttribute("aria-busy", "true");
    const found = this.#picture.server ? await details(this.#picture).catch((error: unknown) => error) : undefined;
    if (number !== this.#number) return;
    // Where the records cannot be asked, there may be pictures all the same.
    if (found instanceof Refused && found.status < 500) {
      this.#failed(found);
      return;
    }
    this.#details = found instanceof Error ? undefined : (found as Details | undefined);
    const source = this.#details?.width ? this.#tiled(this.#picture, this.#details) : await whole(this.#picture);
    const why = source || !this.#picture.server ? undefined : await refusal(wholeUrl(this.#picture)).catch(() => undefined);
    if (number !== this.#number) return;
    if (source) {
      if (!this.#stage.size.width) this.resize();
      this.#stage.show(source);
    } else this.#failed(why);
    this.#describe();
    this.#arrange();
    this.#moved();
  }

  #tiled(picture: Picture, found: Details): Source {
    const asked = withFormat(picture, tileFormat(picture.src));
    // A template's height would distort the levels; an empty one lifts it.
    const lift: Record<string, string> = picture.options.tmp ? { height: "" } : {};
    const size = outputSize(found, picture.options);
    const levels = pyramid(size, this.number("max-tiles", 256, 1));
    return {
      size,
      levels,
      url: (tile) => {
        const option = tileOption(tile);
        return imageUrl(asked, { width: tile.level.width, ...lift, ...(option && { tile: option }) });
      },
    };
  }

  #loaded(): void {
    this.#surface.removeAttribute("aria-busy");
    this.tell("load", { url: this.url });
  }

  #failed(why: Refused | undefined): void {
    this.#surface.removeAttribute("aria-busy");
    this.#stage.show(undefined);
    const ways = waysOn(why, this.#picture?.server ?? "", () => void this.#load());
    this.#problem.replaceChildren(make("p", {}, sentence(why)), make("div", {}, ...ways));
    this.#problem.hidden = false;
    this.tell("error", { url: this.url, message: why?.message ?? "" });
  }

  #describe(): void {
    const title = this.#title();
    this.#surface.setAttribute("aria-label", this.getAttribute("alt") ?? title);
    this.#surface.setAttribute("aria-roledescription", "zoomable picture");
    if (this.#panelShows === "info") this.#fillPanel();
  }

  #title(): string {
    return this.getAttribute("caption") || this.#details?.title || nameOf(this.#picture?.src ?? "");
  }

  #arrange(): void {
    const controls = this.getAttribute("controls") ?? "auto";
    this.#bar.hidden = /^(?:no|false|0|off)$/i.test(controls);
    this.#bar.classList.toggle("auto", controls === "auto");
    const wanted = (this.getAttribute("buttons") ?? BUTTONS).split(/[\s,]+/);
    for (const [name, element] of Object.entries(this.#buttons)) element.hidden = !wanted.includes(name);
    if (this.#picture?.server && this.#details && !this.#details.download) this.#buttons.download!.hidden = true;
  }

  #toggle(which: "info" | "help"): void {
    this.#panelShows = this.#panelShows === which ? "" : which;
    this.#panel.hidden = !this.#panelShows;
    this.#buttons.title!.setAttribute("aria-expanded", String(this.#panelShows === "info"));
    this.#buttons.help!.setAttribute("aria-expanded", String(this.#panelShows === "help"));
    if (this.#panelShows) this.#fillPanel();
  }

  #fillPanel(): void {
    if (this.#panelShows === "help") {
      const rows = KEYS.flatMap(([key, does]) => [make("dt", {}, key), make("dd", {}, does)]);
      this.#panel.setAttribute("aria-label", "Help");
      this.#panel.replaceChildren(make("dl", {}, ...rows));
      return;
    }
    const description = this.getAttribute("description") || this.#details?.description || "";
    const size = this.#details?.width ? `${this.#details.width} × ${this.#details.height} pixels` : "";
    this.#panel.setAttribute("aria-label", "About the picture");
    this.#panel.replaceChildren(make("h2", {}, this.#title()), ...(description ? [make("p", {}, description)] : []), make("p", { class: "size" }, size));
  }

  #click(at: Point, event: PointerEvent): void {
    if (this.getAttribute("click") === "zoom") this.press(at, event);
  }

  /** What a click at a place does where clicks zoom: nine steps from the whole picture to the closest look. */
  press(at: Point, event: Pick<MouseEvent, "altKey" | "shiftKey">): void {
    if (event.altKey) this.#stage.centre(at);
    else this.#stage.zoomTo(this.#stage.view.scale * this.#ninth() ** (event.shiftKey ? -1 : 1), at);
  }

  #ninth(): number {
    const source = this.#details?.width && this.#picture ? outputSize(this.#details, this.#picture.options) : undefined;
    return source ? (closest(source, this.#stage.size) / fitted(source, this.#stage.size).scale) ** (1 / 9) : 1.35;
  }

  #double(at: Point, event: PointerEvent): void {
    // Where clicks zoom, two quick ones are just that.
    if (this.getAttribute("click") === "zoom") this.press(at, event);
    else if (this.#stage.isZoomed && this.flag("double-click-reset", true)) this.reset();
    else this.#stage.zoom(2, at);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const letters: Record<string, () => void> = {
      f: () => void this.toggleFullscreen(), i: () => this.toggleInfo(), "?": () => this.toggleHelp(),
    };
    const letter = letters[event.key.toLowerCase()];
    if (event.key === "Escape" && (this.#panelShows || this.hasAttribute("data-full"))) {
      if (this.#panelShows) this.#toggle(this.#panelShows as "info" | "help");
      else this.#fillWindow(false);
    } else if (letter) letter();
    else if (!pressKey(this.#stage, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #moved(): void {
    this.#surface.classList.toggle("zoomed", this.#stage.isZoomed);
    this.#disable("zoom-out", !this.#stage.isZoomed);
    this.#disable("reset", !this.#stage.isZoomed);
    this.#disable("zoom-in", !this.#stage.canZoomIn);
    this.tell("view", { url: this.url, ...this.#stage.view });
    clearTimeout(this.#speaking);
    this.#speaking = window.setTimeout(() => {
      const percent = `${Math.round(this.#stage.view.scale * 100)} %`;
      if (this.#picture && this.root.activeElement && this.#spoken.textContent !== percent) this.#spoken.textContent = percent;
    }, 600);
  }

  /** Not by `disabled`: the focus would be lost with the button that was just pressed. */
  #disable(name: string, off: boolean): void {
    this.#buttons[name]!.setAttribute("aria-disabled", String(off));
  }

  #touched(event: PointerEvent): void {
    if (event.pointerType === "mouse") return;
    this.#bar.classList.add("touched");
    clearTimeout(this.#hiding);
    this.#hiding = window.setTimeout(() => this.#bar.classList.remove("touched"), 4000);
  }

  #fillWindow(on: boolean): void {
    this.toggleAttribute("data-full", on);
    this.#fullscreenChanged();
  }

  #fullscreenChanged(): void {
    const on = this.isFullscreen;
    relabel(this.#buttons.fullscreen!, on ? "small" : "full", on ? "Leave full screen" : "Full screen");
    this.tell("fullscreen", { url: this.url, on });
  }

  #resized(entry: ResizeObserverEntry): void {
    const { width, height } = entry.contentRect;
    const exact = entry.devicePixelContentBoxSize?.[0];
    const across = width * devicePixelRatio;
    // Where a browser pretends to be on another screen, it forgets to pretend here.
    if (exact && Math.abs(exact.inlineSize - across) < 2) this.#fit(width, height, exact.inlineSize, exact.blockSize);
    else this.#fit(width, height, across, height * devicePixelRatio);
  }

  #fit(width: number, height: number, across: number, down: number): void {
    if (width && height) this.#stage.resize({ width, height }, { width: Math.round(across), height: Math.round(down) });
  }
}

/** A picture of which nothing is known, in one piece; undefined where it cannot be had. */
async function whole(picture: Picture): Promise<Source | undefined> {
  const url = wholeUrl(picture);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return undefined;
  }
  const size = { width: image.naturalWidth || 1, height: image.naturalHeight || 1 };
  return { size, levels: [{ index: 0, columns: 1, ...size }], url: () => url };
}

function wholeUrl(picture: Picture): string {
  return imageUrl(withFormat(picture, tileFormat(picture.src)), picture.server ? { width: 2560, height: 2560, autosizefit: 1 } : {});
}
