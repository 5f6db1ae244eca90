// <qis-slideshow>: one picture after another.
import { Viewer, button, make, prefersStill, relabel } from "./dom.js";
import { type Entry, type Item, Items, entriesOf, labelOf, optionsOf, sized } from "./items.js";
import { details, refusal } from "./library.js";
import { imageUrl, parsePicture, usualWidth } from "./pictures.js";
import { sentence, waysOn } from "./reasons.js";

const STYLE = `
:host { position: relative; width: 100%; aspect-ratio: var(--qis-ratio, 3 / 2); background: var(--_ground); overflow: hidden; contain: content; }
:host([fill]) { height: 100%; aspect-ratio: auto; }
.slides { position: absolute; inset: 0; isolation: isolate; overflow: hidden; touch-action: pan-y; }
.slide { position: absolute; inset: 0; display: block; background: var(--qis-slide-ground, transparent); visibility: hidden; }
.slide.seen { visibility: visible; }
.slide img { display: block; width: 100%; height: 100%; object-fit: var(--qis-fit, contain); user-select: none; -webkit-user-select: none; -webkit-user-drag: none; }
.turn { position: absolute; top: 50%; translate: 0 -50%; }
.previous { left: 12px; } .next { right: 12px; }
.foot { position: absolute; inset: auto 0 8px; width: max-content; max-width: calc(100% - 16px); margin: 0 auto; padding: 0 2px; display: flex; align-items: center; }
.dots { display: flex; overflow: hidden; }
.dots button { width: 24px; height: 40px; }
.dots button::before { content: ""; width: 10px; height: 10px; border-radius: 50%; background: var(--qis-dot, var(--_line)); }
.dots button[aria-current]::before { background: var(--qis-dot-selected, var(--_accent)); box-shadow: 0 0 0 2px var(--_surface), 0 0 0 3px var(--_text); }
.note { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 8px; margin: 0; padding: 16px; text-align: center; }
.note p { margin: 0; }
.note :is(a, button) { display: inline-grid; place-items: center; width: auto; min-height: 40px; padding: 0 16px; border: 1px solid var(--_line); border-radius: var(--_radius); color: inherit; text-decoration: none; }
`;

const MOST_DOTS = 24;
const SWIPE = 0.15;

/** A carousel that slides, fades or stacks. */
export class QisSlideshow extends Viewer {
  static readonly observedAttributes = [
    "folder", "images", "server", "options", "mode", "delay", "duration", "controls", "dots", "start", "autoplay", "fill", "pause-on-hover",
  ];
  readonly #slides = make("div", { class: "slides", part: "slides" });
  readonly #dots = make("div", { class: "dots", part: "dots" });
  readonly #pause = button("pause", "pause", "Pause", () => (this.isPlaying ? this.stop() : this.play()));
  readonly #foot = make("div", { class: "foot floating", part: "foot" }, this.#pause, this.#dots);
  readonly #turns: readonly HTMLElement[];
  readonly #note = make("div", { class: "note", part: "note", role: "status", hidden: true });
  readonly #spoken = make("div", { class: "spoken", role: "status" });
  readonly #seen = new IntersectionObserver((entries) => {
    this.#inView = entries[entries.length - 1]!.isIntersecting;
    this.#schedule();
  });
  readonly #noticed = () => this.#schedule();
  #entries: readonly Entry[] | undefined;
  #params: Readonly<Record<string, unknown>> | undefined;
  #list: Item[] = [];
  #items: Items | undefined;
  #index = -1;
  #given = "";
  #wants: boolean | undefined;
  #inView = false;
  #isHeld = false;
  #timer = 0;
  #moving: Animation[] = [];
  #drag: { id: number; x: number; y: number; moved: boolean } | undefined;

  constructor() {
    super(STYLE);
    const turn = (name: "previous" | "next", label: string, go: () => void) => {
      const element = button(`turn ${name}`, name, label, go);
      element.classList.add("turn", name, "floating");
      return element;
    };
    this.#turns = [turn("previous", "Previous picture", () => this.previous()), turn("next", "Next picture", () => this.next())];
    this.root.append(this.#slides, this.#note, ...this.#turns, this.#foot, this.#spoken);
    this.root.addEventListener("keydown", (event) => this.#key(event as KeyboardEvent));
    for (const name of ["pointerenter", "pointerleave", "focusin", "focusout"]) this.addEventListener(name, (event) => this.#hold(event));
    this.#slides.addEventListener("pointerdown", (event) => this.#down(event));
    this.#slides.addEventListener("pointermove", (event) => this.#move(event));
    this.#slides.addEventListener("pointerup", (event) => this.#up(event));
    this.#slides.addEventListener("pointercancel", (event) => this.#up(event));
    this.#slides.addEventListener("dragstart", (event) => event.preventDefault());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute("role")) this.setAttribute("role", "region");
    this.setAttribute("aria-roledescription", "carousel");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Slideshow");
    this.#seen.observe(this);
    document.addEventListener("visibilitychange", this.#noticed);
  }

  disconnectedCallback(): void {
    this.#seen.disconnect();
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#noticed);
  }

  /** The pictures, as of `<qis-gallery>`; `url` of an object is where a click on it leads. */
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

  /** The number of the picture that is shown, from 0; -1 for none. */
  get index(): number {
    return this.#index;
  }

  /** How many pictures there are. */
  get length(): number {
    return this.#list.length;
  }

  /** Whether it goes on by itself (perhaps not just now: it waits below a pointer and the focus, and out of view). */
  get isPlaying(): boolean {
    return this.#wants ?? (this.number("delay", 5) > 0 && this.flag("autoplay", true) && !prefersStill());
  }

  /** Goes on by itself from now on. */
  play(): void {
    this.#wants = true;
    this.#showPlaying();
  }

  /** Stays where it is from now on. */
  stop(): void {
    this.#wants = false;
    this.#showPlaying();
  }

  next(): void {
    void this.#go(this.#index + 1, 1);
  }

  previous(): void {
    void this.#go(this.#index - 1, -1);
  }

  /** Shows a picture by its number from 0. */
  select(index: number): void {
    void this.#go(index, index < this.#index ? -1 : 1);
  }

  protected override update(): void {
    const given = ["folder", "images", "server", "options"].map((name) => this.getAttribute(name) ?? "").join("\n");
    if (given !== this.#given) {
      this.#given = given;
      void this.#load();
    }
    this.#arrange();
  }

  async #load(): Promise<void> {
    const items = new Items(this.getAttribute("server"), this.getAttribute("folder"), optionsOf(this, this.#params));
    this.#items = items;
    this.#index = -1;
    this.#list = items.listed(this.hasAttribute("folder") && !this.#entries && !this.hasAttribute("images") ? [] : entriesOf(this, this.#entries));
    let problem: unknown;
    try {
      this.#list.push(...(await items.more()));
    } catch (error) {
      problem = error;
      this.tell("error", { url: "", message: (error as Error).message });
    }
    if (items !== this.#items) return;
    const ways = problem ? waysOn(problem, parsePicture("", this.getAttribute("server")).server, () => void this.#load()) : [];
    this.#note.replaceChildren(make("p", {}, problem ? sentence(problem, true) : "There are no pictures here."), ...ways);
    this.#note.hidden = this.#list.length > 0;
    this.#slides.replaceChildren(...this.#list.map((item, index) => this.#slide(item, index)));
    this.#dots.replaceChildren(...this.#list.map((item, index) => make("button", {
      type: "button", part: "dot", "aria-label": `Picture ${index + 1}: ${labelOf(item)}`, onclick: () => this.select(index),
    })));
    this.#arrange();
    await this.#go(Math.min(this.number("start", 0), this.#list.length - 1), 0);
  }

  #slide(item: Item, index: number): HTMLElement {
    const image = make("img", { alt: labelOf(item), decoding: "async", draggable: "false" });
    const about = { class: "slide", part: "slide", "aria-label": `${index + 1} of ${this.#list.length}` };
    if (item.link) return make("a", { ...about, href: item.link }, image);
    return make("div", { ...about, role: "group", "aria-roledescription": "slide" }, image);
  }

  #arrange(): void {
    const several = this.#list.length > 1;
    for (const element of this.#turns) element.hidden = !several || !this.flag("controls", true);
    this.#dots.hidden = !this.flag("dots", true) || this.#list.length > MOST_DOTS;
    this.#foot.hidden = !several || (this.#dots.hidden && this.#pause.hidden);
    this.#showPlaying();
  }

  #showPlaying(): void {
    // Whatever moves by itself can be stopped.
    this.#pause.hidden = !(this.number("delay", 5) > 0 && this.flag("autoplay", true)) && this.#wants === undefined;
    this.#foot.hidden = this.#list.length < 2 || (this.#dots.hidden && this.#pause.hidden);
    if (this.isPlaying) relabel(this.#pause, "pause", "Pause");
    else relabel(this.#pause, "play", "Play");
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const waits = this.#isHeld && this.flag("pause-on-hover", true);
    if (!this.isPlaying || waits || !this.#inView || document.hidden || this.#list.length < 2 || this.#drag) return;
    this.#timer = window.setTimeout(() => this.next(), Math.max(0.1, this.number("delay", 5)) * 1000);
  }

  /** Shows the picture once it is there; `direction` is -1, 1 or 0 for at once. */
  async #go(asked: number, direction: number, travelled = 0): Promise<void> {
    const count = this.#list.length;
    if (!count) return;
    const index = ((asked % count) + count) % count;
    if (index === this.#index) return this.#schedule();
    const before = this.#index;
    this.#index = index;
    this.#mark();
    const slide = this.#fetch(index);
    clearTimeout(this.#timer);
    const isThere = await slide.querySelector("img")!.decode().then(() => true, () => false);
    // Another one was asked for meanwhile.
    if (this.#index !== index) return;
    if (!isThere) void this.#explain(slide, this.#list[index]!);
    this.#change(this.#slides.children[before] as HTMLElement | undefined, slide, direction, travelled);
    this.#fetch((index + 1) % count);
    if (direction < 0) this.#fetch((index - 1 + count) % count);
    const item = this.#list[index]!;
    if (before >= 0) this.tell("change", { url: imageUrl(item.picture), index });
    else if (isThere) this.tell("load", { url: imageUrl(item.picture) });
    this.#schedule();
  }

  /** Says on a slide why its picture is not there. */
  async #explain(slide: HTMLElement, { picture }: Item): Promise<void> {
    const image = slide.querySelector("img")!;
    const why = picture.server ? await refusal(image.src).catch((error: unknown) => error) : undefined;
    slide.querySelector(".note")?.remove();
    slide.append(make("div", { class: "note", part: "note" }, make("p", {}, sentence(why)), ...waysOn(why, picture.server, () => this.#again(slide))));
    image.hidden = true;
    this.tell("error", { url: imageUrl(picture), message: why instanceof Error ? why.message : "" });
  }

  #again(slide: HTMLElement): void {
    const image = slide.querySelector("img")!;
    slide.querySelector(".note")?.remove();
    image.hidden = false;
    image.removeAttribute("src");
    const index = this.#index;
    this.#index = -1;
    void this.#go(index, 0);
  }

  #change(from: HTMLElement | undefined, to: HTMLElement, direction: number, travelled: number): void {
    for (const animation of this.#moving) animation.cancel();
    for (const slide of this.#slides.children) {
      slide.classList.toggle("seen", slide === to || slide === from);
      (slide as HTMLElement).style.zIndex = slide === to ? "1" : "0";
      slide.toggleAttribute("inert", slide !== to);
    }
    const duration = prefersStill() || !direction || !from ? 0 : this.number("duration", 1000);
    const mode = this.getAttribute("mode") ?? "slide";
    const timing = { duration, easing: "cubic-bezier(.22,.61,.36,1)" };
    const away = `translateX(${-direction * 100}%)`;
    const entering = mode === "fade" ? [{ opacity: 0 }, { opacity: 1 }] : [{ transform: `translateX(calc(${direction * 100}% + ${travelled}px))` }, { transform: "none" }];
    this.#moving = [to.animate(entering, timing)];
    if (from && mode === "slide") this.#moving.push(from.animate([{ transform: `translateX(${travelled}px)` }, { transform: away }], timing));
    if (from && mode === "fade") this.#moving.push(from.animate([{ opacity: 1 }, { opacity: 0 }], timing));
    const [arriving] = this.#moving;
    arriving!.finished.then(() => this.#moving[0] === arriving && from?.classList.remove("seen"), () => undefined);
  }

  /** Fetches a slide's picture in the size of the element. */
  #fetch(index: number): HTMLElement {
    const slide = this.#slides.children[index] as HTMLElement;
    const image = slide.querySelector("img")!;
    if (image.hasAttribute("src")) return slide;
    const { width, height } = this.getBoundingClientRect();
    const item = this.#list[index]!;
    image.src = sized(item, usualWidth(width * devicePixelRatio), usualWidth(height * devicePixelRatio));
    if (!item.alt && item.picture.server) void details(item.picture).then((found) => (image.alt = found.title || image.alt), () => undefined);
    return slide;
  }

  #mark(): void {
    [...this.#dots.children].forEach((dot, index) => (index === this.#index ? dot.setAttribute("aria-current", "true") : dot.removeAttribute("aria-current")));
    // Said only to who turns the pages by hand.
    if (this.#isHeld) this.#spoken.textContent = `${this.#index + 1} of ${this.#list.length}: ${labelOf(this.#list[this.#index]!)}`;
  }

  #hold(event: Event): void {
    const isMouse = event instanceof PointerEvent && event.pointerType !== "mouse";
    if (isMouse) return;
    this.#isHeld = event.type === "pointerenter" || event.type === "focusin" || (event.type === "pointerleave" && this.matches(":focus-within")) || (event.type === "focusout" && this.matches(":hover"));
    this.#schedule();
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#list.length < 2) return;
    this.#drag = { id: event.pointerId, x: event.clientX, y: event.clientY, moved: false };
    clearTimeout(this.#timer);
  }

  #move(event: PointerEvent): void {
    const drag = this.#drag;
    if (!drag || drag.id !== event.pointerId) return;
    const dx = event.clientX - drag.x;
    if (!drag.moved) {
      if (Math.abs(dx) < 8) return;
      drag.moved = true;
      this.#slides.setPointerCapture(event.pointerId);
    }
    const current = this.#slides.children[this.#index] as HTMLElement;
    if (this.getAttribute("mode") !== "fade") current.style.translate = `${dx}px 0`;
  }

  #up(event: PointerEvent): void {
    const drag = this.#drag;
    if (!drag || drag.id !== event.pointerId) return;
    this.#drag = undefined;
    const current = this.#slides.children[this.#index] as HTMLElement;
    const dx = event.clientX - drag.x;
    current.style.translate = "";
    if (drag.moved) {
      // The click that follows a swipe is none.
      this.#slides.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => this.#slides.removeEventListener("click", swallow, { capture: true }), 50);
    }
    const isFar = drag.moved && event.type === "pointerup" && Math.abs(dx) > this.clientWidth * SWIPE;
    if (isFar) void this.#go(this.#index - Math.sign(dx), -Math.sign(dx), dx);
    else {
      if (drag.moved && !prefersStill()) current.animate([{ translate: `${dx}px 0` }, { translate: "0 0" }], { duration: 200, easing: "ease-out" });
      this.#schedule();
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = {
      ArrowLeft: () => this.previous(), ArrowRight: () => this.next(), Home: () => this.select(0), End: () => this.select(this.#list.length - 1),
    };
    if (!keys[event.key]) return;
    keys[event.key]!();
    event.preventDefault();
    event.stopPropagation();
  }
}

function swallow(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
