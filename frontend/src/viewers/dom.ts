// What all viewers stand on: elements made by script alone, which a strict Content-Security-Policy allows.

const SVG = "http://www.w3.org/2000/svg";

type Attributes = Readonly<Record<string, string | number | boolean | EventListener | undefined>>;

/** An element with attributes, listeners (functions, by `on…`) and children; false and undefined are left out. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

const ICONS = {
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  reset: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5M9 9h6v6H9z",
  info: "M12 11v6M12 7.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18",
  help: "M9.2 9a3 3 0 1 1 4.3 2.7c-.9.5-1.5 1.1-1.5 2.3M12 17.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  small: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  close: "M6 6l12 12M18 6L6 18",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
} as const;

export type Icon = keyof typeof ICONS;

/** A line drawing of 24 × 24. */
export function icon(name: Icon): SVGSVGElement {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

/** A button with a drawing. */
export function button(name: string, drawing: Icon, label: string, press: () => void): HTMLButtonElement {
  return make("button", { type: "button", part: `button ${name}`, "data-name": name, "aria-label": label, title: label, onclick: press }, icon(drawing));
}

/** Gives a button another drawing and label. */
export function relabel(element: HTMLButtonElement, drawing: Icon, label: string): void {
  element.replaceChildren(icon(drawing));
  element.setAttribute("aria-label", label);
  element.title = label;
}

/** Whether the person wants things to hold still. */
export function prefersStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

const sheets = new Map<string, CSSStyleSheet>();

function sheet(text: string): CSSStyleSheet {
  let found = sheets.get(text);
  if (!found) {
    found = new CSSStyleSheet();
    found.replaceSync(text);
    sheets.set(text, found);
  }
  return found;
}

const COMMON = `
:host {
  --_ground: var(--qis-ground, light-dark(#f1f1f4, #101013));
  --_surface: var(--qis-surface, light-dark(#fffffff2, #1d1d21f2));
  --_text: var(--qis-text, light-dark(#1d1d23, #ececf1));
  --_quiet: var(--qis-text-quiet, light-dark(#5c5c68, #a5a5b1));
  --_line: var(--qis-line, light-dark(#8d8d99, #7c7c88));
  --_accent: var(--qis-accent, light-dark(#5448c8, #a9a1ff));
  --_radius: var(--qis-radius, 8px);
  box-sizing: border-box;
  display: block;
  color: var(--_text);
  font: var(--qis-font, 15px/1.5 system-ui, sans-serif);
  -webkit-tap-highlight-color: transparent;
}
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
button {
  display: inline-grid; place-items: center; flex: none; width: 40px; height: 40px; margin: 0; padding: 0;
  border: 0; border-radius: var(--_radius); background: transparent; color: inherit; font: inherit; cursor: pointer;
}
button:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
:focus-visible { outline: 3px solid var(--_accent); outline-offset: -3px; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.floating { background: var(--_surface); border: 1px solid var(--_line); border-radius: var(--_radius); }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

/** The base of all elements: a shadow root with style sheets, and one `update` for all attributes that change at once. */
export abstract class Viewer extends HTMLElement {
  protected readonly root: ShadowRoot;
  #due = false;

  constructor(style: string) {
    super();
    this.root = this.attachShadow({ mode: "open" });
    this.root.adoptedStyleSheets = [sheet(COMMON), sheet(style)];
  }

  connectedCallback(): void {
    this.changed();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before !== after) this.changed();
  }

  /** Asks for `update` once everything that is being set is set. */
  protected changed(): void {
    if (this.#due || !this.isConnected) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.isConnected) this.update();
    });
  }

  /** Makes the element show what its attributes and properties say. */
  protected abstract update(): void;

  /** Tells the page: an event that bubbles, also out of other elements' shadow roots. */
  protected tell(name: string, detail: Readonly<Record<string, unknown>>): void {
    this.dispatchEvent(new CustomEvent(`qis-${name}`, { bubbles: true, composed: true, detail }));
  }

  /** Whether an attribute says yes: given, or "yes", "true", "1"; `otherwise` where it is not there. */
  protected flag(name: string, otherwise: boolean): boolean {
    const text = this.getAttribute(name);
    return text === null ? otherwise : !/^(?:no|false|0|off)$/i.test(text);
  }

  /** A number from an attribute, at least `least`. */
  protected number(name: string, otherwise: number, least = 0): number {
    const value = Number.parseFloat(this.getAttribute(name) ?? "");
    return Number.isFinite(value) ? Math.max(least, value) : otherwise;
  }
}

/** Puts an element into a container (or finds it by its id) and sets options: properties where it has them, else attributes. */
export function build<T extends HTMLElement>(tag: string, container: Element | string | null, options: Readonly<Record<string, unknown>>): T {
  const element = document.createElement(tag) as T;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (typeof value === "object") (element as unknown as Record<string, unknown>)[name] = value;
    else element.setAttribute(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), typeof value === "boolean" ? (value ? "yes" : "no") : String(value));
  }
  if (container) elementOf(container).append(element);
  return element;
}

/** An element, or the one with that id. Throws an Error that names it. */
export function elementOf(container: Element | string): HTMLElement {
  const found = typeof container === "string" ? document.getElementById(container.replace(/^#/, "")) : container;
  if (!found) throw new Error(`There is no element with the id "${String(container)}"`);
  return found as HTMLElement;
}
