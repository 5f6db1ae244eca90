// Fetches tiles: a few at a time, the nearest to the middle first, and none that is out of view by now.
import { type Tile, tileKey } from "./levels.js";
import { type Refused, refusal } from "./library.js";

const AT_ONCE = 6;
const ATTEMPTS = 3;
const RETRY_MS = 1500;
/** Pixels of tiles that are kept; far more than a screen shows. */
const KEPT_PIXELS = 48e6;

/** A tile that has come, and when it did (`performance.now()`). */
export interface Loaded {
  readonly image: HTMLImageElement;
  readonly since: number;
}

/** The tiles of one picture. */
export class Tiles {
  readonly #url: (tile: Tile) => string;
  readonly #came: (tile: Tile) => void;
  readonly #failed: (tile: Tile, why: Refused | undefined) => void;
  readonly #loaded = new Map<string, Loaded>();
  readonly #pending = new Map<string, HTMLImageElement>();
  readonly #attempts = new Map<string, number>();
  readonly #resting = new Set<string>();
  #wanted: readonly Tile[] = [];
  #why: Refused | undefined;
  #timer = 0;

  /** `url` tells a tile's address; `came` is called for each that arrives, `failed` for each that never will, with the server's reason. */
  constructor(url: (tile: Tile) => string, came: (tile: Tile) => void, failed: (tile: Tile, why: Refused | undefined) => void) {
    this.#url = url;
    this.#came = came;
    this.#failed = failed;
  }

  /** The tile, if it is there. */
  get(tile: Tile): Loaded | undefined {
    return this.#loaded.get(tileKey(tile));
  }

  /** Fetches these tiles in this order, and stops fetching others. */
  want(tiles: readonly Tile[]): void {
    this.#wanted = tiles;
    const keys = new Set(tiles.map(tileKey));
    for (const [key, image] of this.#pending) {
      if (!keys.has(key)) {
        this.#pending.delete(key);
        image.removeAttribute("src");
      }
    }
    // What is looked at is kept longest.
    for (const key of keys) {
      const loaded = this.#loaded.get(key);
      if (loaded && this.#loaded.delete(key)) this.#loaded.set(key, loaded);
    }
    this.#next();
  }

  /** Stops fetching and forgets all. */
  close(): void {
    this.want([]);
    clearTimeout(this.#timer);
    this.#loaded.clear();
  }

  #next(): void {
    for (const tile of this.#wanted) {
      if (this.#pending.size >= AT_ONCE) return;
      const key = tileKey(tile);
      const isOver = this.#resting.has(key) || (this.#attempts.get(key) ?? 0) >= ATTEMPTS;
      if (!isOver && !this.#loaded.has(key) && !this.#pending.has(key)) this.#fetch(tile, key);
    }
  }

  #fetch(tile: Tile, key: string): void {
    const image = new Image();
    image.decoding = "async";
    image.src = this.#url(tile);
    this.#pending.set(key, image);
    // Decoded before it is drawn, so that drawing never waits.
    image.decode().then(
      () => this.#arrived(tile, key, image),
      () => this.#missed(tile, key, image),
    );
  }

  #arrived(tile: Tile, key: string, image: HTMLImageElement): void {
    if (this.#pending.get(key) !== image) return;
    this.#pending.delete(key);
    this.#loaded.set(key, { image, since: performance.now() });
    this.#forget();
    this.#came(tile);
    this.#next();
  }

  #missed(tile: Tile, key: string, image: HTMLImageElement): void {
    if (this.#pending.get(key) !== image) return;
    this.#pending.delete(key);
    const attempts = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempts);
    // Before anything is to be seen: a server that refuses will not think better of it.
    if (attempts === 1 && !this.#loaded.size) void this.#ask(tile, key);
    if (attempts >= ATTEMPTS) this.#failed(tile, this.#why);
    else {
      // A busy server asks for a moment's patience.
      this.#resting.add(key);
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => {
        this.#resting.clear();
        this.#next();
      }, RETRY_MS);
    }
    this.#next();
  }

  async #ask(tile: Tile, key: string): Promise<void> {
    this.#why = await refusal(this.#url(tile)).catch(() => undefined);
    const isOver = (this.#attempts.get(key) ?? 0) >= ATTEMPTS || this.#loaded.has(key) || !this.#wanted.length;
    if (isOver || !this.#why || this.#why.status >= 500 || this.#why.status === 429) return;
    this.#attempts.set(key, ATTEMPTS);
    this.#failed(tile, this.#why);
  }

  #forget(): void {
    const wanted = new Set(this.#wanted.map(tileKey));
    let pixels = 0;
    for (const { image } of this.#loaded.values()) pixels += image.naturalWidth * image.naturalHeight;
    for (const [key, { image }] of this.#loaded) {
      if (pixels <= KEPT_PIXELS) return;
      // The coarsest tile is always there to fall back on.
      if (wanted.has(key) || key === "0/0/0") continue;
      this.#loaded.delete(key);
      pixels -= image.naturalWidth * image.naturalHeight;
    }
  }
}
