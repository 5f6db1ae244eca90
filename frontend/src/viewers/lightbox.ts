// <qis-lightbox>: a click on a picture of the page opens it large, with the others beside it.
import { Viewer, button, make } from "./dom.js";
import type { QisGallery } from "./gallery.js";
import type { Entry } from "./items.js";

const STYLE = `
:host { display: contents; }
dialog { width: 100vw; height: 100dvh; max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: var(--qis-ground, #101013); color: #ececf1; color-scheme: dark; overflow: hidden; }
dialog::backdrop { background: #000; }
dialog[open] { animation: appear .15s ease-out; }
@keyframes appear { from { opacity: 0; } }
qis-gallery { width: 100%; height: 100%; --qis-ground: transparent; --_around: none; }
.close { position: absolute; right: 12px; top: 12px; z-index: 1; }
qis-gallery::part(count) { right: 64px; }
@media (prefers-reduced-motion: reduce) { dialog[open] { animation: none; } }
`;

const PICTURES = "img, qis-image";

/** Opens the images in it, or those that its attribute `for` (a CSS selector) finds on the page. */
export class QisLightbox extends Viewer {
  static readonly observedAttributes = ["for", "strip"];
  readonly #gallery = make("qis-gallery" as "div", { part: "gallery", fill: true }) as unknown as QisGallery;
  readonly #dialog: HTMLDialogElement;
  readonly #close: HTMLButtonElement;
  readonly #ready = new WeakSet<Element>();
  readonly #watch = new MutationObserver(() => this.refresh());

  constructor() {
    super(STYLE);
    this.#close = button("close", "close", "Close", () => this.close());
    this.#close.classList.add("close", "floating");
    this.#dialog = make("dialog", { part: "dialog", "aria-label": "Pictures" });
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.root.append(make("slot"), this.#dialog);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch.observe(this.hasAttribute("for") ? document.body : this, { childList: true, subtree: true });
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return this.#dialog.open;
  }

  /** The gallery within, while it is open. */
  get gallery(): QisGallery {
    return this.#gallery;
  }

  /** Makes images that have come to the page since open as well. Happens by itself. */
  refresh(): void {
    for (const element of this.#pictures()) this.#prepare(element);
  }

  /** Opens the pictures of the page at one of them, or a list of entries at a number from 0. */
  open(start: Element | number = 0, list?: readonly Entry[]): void {
    const elements = this.#pictures();
    const index = typeof start === "number" ? start : Math.max(0, elements.indexOf(start as HTMLElement));
    const entries = list ?? elements.map(entryOf);
    this.#gallery.setAttribute("start", String(index));
    this.#gallery.setAttribute("strip", this.getAttribute("strip") ?? "yes");
    if (entries.length) this.#gallery.images = entries;
    if (!this.isConnected) document.body.append(this);
    this.#dialog.append(this.#gallery as unknown as Node, this.#close);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#close.focus();
    this.tell("open", { index });
  }

  close(): void {
    this.#dialog.close();
  }

  protected override update(): void {
    this.refresh();
  }

  #pictures(): HTMLElement[] {
    const selector = this.getAttribute("for");
    const found = selector ? document.querySelectorAll<HTMLElement>(selector) : this.querySelectorAll<HTMLElement>(PICTURES);
    return [...found].filter((element) => entryOf(element).src);
  }

  #prepare(element: HTMLElement): void {
    if (this.#ready.has(element)) return;
    this.#ready.add(element);
    openBy(element, () => this.open(element));
  }

  #closed(): void {
    // What is not seen fetches nothing.
    (this.#gallery as unknown as Element).remove();
    this.tell("close", {});
  }

  #key(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.defaultPrevented || !steps[event.key]) return;
    this.#gallery.select(this.#gallery.index + steps[event.key]!);
    event.preventDefault();
  }
}

/** Makes an element of the page call `open` when it is clicked, or pressed by keyboard. */
export function openBy(element: HTMLElement, open: () => void): void {
  element.style.cursor = "zoom-in";
  const control = element.closest<HTMLElement>("a, button");
  if (!control) {
    element.tabIndex = element.tabIndex < 0 ? 0 : element.tabIndex;
    element.setAttribute("role", "button");
    element.setAttribute("aria-haspopup", "dialog");
    element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open();
    });
  }
  element.addEventListener("click", (event) => {
    // With a key, the link's own meaning stays: open in a new tab.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    open();
  });
}

/** The picture that an element of a page shows: an image, a `<qis-image>`, or a background. */
export function entryOf(element: HTMLElement): Entry {
  const src = element.dataset.full ?? (element.getAttribute("data-defer-src") || element.getAttribute("src")) ?? background(element);
  const server = element.getAttribute("server");
  const options = Object.fromEntries(new URLSearchParams(element.matches("qis-image") ? (element.getAttribute("options") ?? "") : ""));
  return { ...options, src, alt: element.getAttribute("alt") ?? element.getAttribute("aria-label") ?? "", title: element.title, ...(server && { server }) };
}

function background(element: Element): string {
  return /url\((["']?)(.*?)\1\)/.exec(getComputedStyle(element).backgroundImage)?.[2] ?? "";
}
