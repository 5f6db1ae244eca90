// <qis-image>: a picture in just the size that its place on the page needs, fetched when it comes near.
import { Viewer, make } from "./dom.js";
import { outputSize } from "./geometry.js";
import { details } from "./library.js";
import { type Picture, WIDTHS, imageUrl, nameOf, parseOptions, parsePicture, withFormat } from "./pictures.js";

const STYLE = `
:host { overflow: hidden; background: var(--qis-placeholder, transparent); }
img { display: block; width: 100%; height: auto; }
:host([ratio]) img { height: 100%; object-fit: cover; }
img.waiting { opacity: 0; }
img { transition: opacity .2s; }
@media (prefers-reduced-motion: reduce) { img { transition: none; } }
`;

/** A responsive, lazy picture. */
export class QisImage extends Viewer {
  static readonly observedAttributes = ["src", "server", "options", "alt", "ratio", "width", "height", "loading", "sizes"];
  readonly #image = make("img", { part: "image", class: "waiting", decoding: "async", alt: "", onload: () => this.#loaded(), onerror: () => this.#failed() });
  readonly #watch = new ResizeObserver(() => this.#measure());
  readonly #near = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "300px" });
  #picture: Picture | undefined;
  #given = "";
  #isNear = false;
  /** Whether the server cuts to the ratio: one that answers the public sizes alone leaves that to the browser. */
  #isCut = true;

  constructor() {
    super(STYLE);
    this.root.append(this.#image);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch.observe(this);
    this.#near.observe(this);
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
    this.#near.disconnect();
  }

  /** The URL of the picture, without a size. */
  get url(): string {
    return this.#picture ? imageUrl(this.#picture) : "";
  }

  protected override update(): void {
    const src = this.getAttribute("src");
    const ratio = this.#ratio();
    // The box is there before the picture: nothing on the page jumps when it comes.
    this.style.aspectRatio = ratio ? String(ratio) : "";
    const given = ["src", "server", "options", "ratio"].map((name) => this.getAttribute(name) ?? "").join("\n");
    this.#image.alt = this.getAttribute("alt") ?? this.#image.alt;
    if (given !== this.#given) {
      this.#given = given;
      this.#image.removeAttribute("srcset");
      this.#image.removeAttribute("src");
      this.#image.classList.add("waiting");
      this.#isCut = true;
      this.#picture = src ? withFormat(parsePicture(src, this.getAttribute("server"), parseOptions(this.getAttribute("options")))) : undefined;
    }
    this.#show();
  }

  /** Width by height, of the attributes `ratio` (`3/2`) or `width` and `height`; 0 where nothing says so. */
  #ratio(): number {
    const [across, down] = (this.getAttribute("ratio") ?? "").split(/[/:]/).map(Number);
    if (across) return across / (down || 1);
    const [width, height] = [this.number("width", 0), this.number("height", 0)];
    return width && height ? width / height : 0;
  }

  #seen(entries: readonly IntersectionObserverEntry[]): void {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    this.#isNear = true;
    this.#near.disconnect();
    this.#show();
  }

  #show(): void {
    const picture = this.#picture;
    if (!picture || this.#image.srcset || !(this.#isNear || this.getAttribute("loading") === "eager")) return;
    this.#measure();
    void this.#describe(picture);
    if (!picture.server) this.#image.src = picture.src;
    else {
      const ratio = this.hasAttribute("ratio") && this.#isCut ? this.#ratio() : 0;
      const url = (width: number) => imageUrl(picture, { width, ...(ratio && { height: Math.round(width / ratio), fit: "cover", gravity: "focal" }) });
      this.#image.srcset = WIDTHS.map((width) => `${url(width)} ${width}w`).join(", ");
    }
  }

  /** Alternative text from the library, and the box where the page did not say how large. */
  async #describe(picture: Picture): Promise<void> {
    if (this.hasAttribute("alt") && this.#ratio()) return;
    const found = picture.server ? await details(picture).catch(() => undefined) : undefined;
    if (picture !== this.#picture) return;
    if (!this.hasAttribute("alt")) this.#image.alt = found?.title || nameOf(picture.src);
    if (found?.width && !this.#ratio()) {
      const { width, height } = outputSize(found, picture.options);
      this.style.aspectRatio = `${width} / ${height}`;
    }
  }

  /** The browser chooses from the srcset by the width that the element really has. */
  #measure(): void {
    const width = Math.round(this.clientWidth);
    const sizes = this.getAttribute("sizes") ?? (width ? `${width}px` : "100vw");
    if (this.#image.sizes !== sizes) this.#image.sizes = sizes;
  }

  #loaded(): void {
    this.#image.classList.remove("waiting");
    this.tell("load", { url: this.url });
  }

  #failed(): void {
    if (this.#isCut && this.hasAttribute("ratio") && this.#picture?.server) {
      this.#isCut = false;
      this.#image.removeAttribute("srcset");
      this.#show();
      return;
    }
    // The alternative text is shown instead.
    this.#image.classList.remove("waiting");
    this.tell("error", { url: this.url });
  }
}
