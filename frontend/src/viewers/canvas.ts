// Draws a picture of tiles on a canvas and moves the view; knows nothing of buttons, keys and fingers.
import { prefersStill } from "./dom.js";
import type { Size } from "./geometry.js";
import { type Level, type Tile, levelFor, tileBox, tilesIn } from "./levels.js";
import type { Refused } from "./library.js";
import { Tiles } from "./tiles.js";
import { EASINGS, type Point, type View, between, clamped, closest, fitted, seen, zoomedAt } from "./view.js";

const FADE_MS = 160;
const STEP = 1.6;

/** A picture to be drawn: its full size, its levels, and where its tiles are. */
export interface Source {
  readonly size: Size;
  readonly levels: readonly Level[];
  readonly url: (tile: Tile) => string;
}

/** How things move and look. */
export interface Manner {
  readonly easing: string;
  readonly duration: number;
  readonly smooth: boolean;
}

/** What happens on a stage. */
export interface StageEvents {
  /** Something of the picture is to be seen. */
  readonly shown: () => void;
  /** Nothing of it can be had; `why` is what the server says, undefined where it says nothing. */
  readonly failed: (why: Refused | undefined) => void;
  /** The view has come to rest, or is being moved. */
  readonly moved: () => void;
}

/** The canvas of a zoomable picture. */
export class Stage {
  readonly canvas: HTMLCanvasElement;
  manner: Manner = { easing: "out-quadratic", duration: 300, smooth: true };
  readonly #context: CanvasRenderingContext2D;
  readonly #events: StageEvents;
  #source: Source | undefined;
  #tiles: Tiles | undefined;
  #view: View = { x: 0, y: 0, scale: 1 };
  #size: Size = { width: 0, height: 0 };
  #frame = 0;
  #flight: { from: View; to: View; start: number; duration: number } | undefined;
  #finest = 0;
  #isShown = false;

  constructor(canvas: HTMLCanvasElement, events: StageEvents) {
    this.canvas = canvas;
    this.#context = canvas.getContext("2d")!;
    this.#events = events;
  }

  /** The size of the viewer in pixels of the page. */
  get size(): Size {
    return this.#size;
  }

  /** Where one looks, or is on the way to. */
  get view(): View {
    return this.#flight?.to ?? this.#view;
  }

  /** Whether more is to be seen by moving. */
  get isZoomed(): boolean {
    return !!this.#source && this.view.scale > fitted(this.#source.size, this.#size).scale * 1.001;
  }

  /** Whether one can still zoom in. */
  get canZoomIn(): boolean {
    return !!this.#source && this.view.scale < closest(this.#source.size, this.#size) * 0.999;
  }

  /** Shows a picture, wholly; nothing without one. */
  show(source: Source | undefined): void {
    this.#tiles?.close();
    this.#flight = undefined;
    this.#source = source;
    this.#isShown = false;
    if (source) {
      this.#finest = source.levels.length - 1;
      this.#tiles = new Tiles(source.url, () => this.draw(), (tile, why) => this.#missing(tile, why));
      this.#view = fitted(source.size, this.#size);
      // The whole picture comes first and stays for ever below what is sharper.
      this.#tiles.want([{ level: source.levels[0]!, column: 0, row: 0 }]);
    } else this.#tiles = undefined;
    this.draw();
  }

  /** Follows the size of the viewer on the page; what was wholly seen still is. */
  resize(size: Size, pixels: Size): void {
    const wasWhole = !this.isZoomed;
    this.#size = size;
    if (this.canvas.width !== pixels.width || this.canvas.height !== pixels.height) {
      this.canvas.width = pixels.width;
      this.canvas.height = pixels.height;
    }
    if (!this.#source || !size.width) return;
    this.#flight = undefined;
    this.#view = wasWhole ? fitted(this.#source.size, size) : clamped(this.#view, this.#source.size, size);
    // At once: a canvas that changed its size is empty, and would flash.
    this.#paint(performance.now());
    this.draw();
  }

  /** Zooms by steps (below 0: out) around a place of the viewer, its middle where none is given. */
  zoom(steps: number, at: Point = this.middle, duration = this.manner.duration): void {
    this.zoomTo(this.view.scale * STEP ** steps, at, duration);
  }

  /** Zooms to a scale around a place of the viewer. */
  zoomTo(scale: number, at: Point, duration = this.manner.duration): void {
    if (!this.#source) return;
    const limited = clamped({ ...this.view, scale }, this.#source.size, this.#size).scale;
    this.go(zoomedAt(this.view, at, limited, this.#size), duration);
  }

  /** Moves the picture by pixels of the page. */
  pan(dx: number, dy: number, duration = 0): void {
    const { x, y, scale } = this.view;
    this.go({ x: x - dx / scale, y: y - dy / scale, scale }, duration);
  }

  /** Brings a place of the viewer into its middle. */
  centre(at: Point): void {
    this.pan(this.middle.x - at.x, this.middle.y - at.y, this.manner.duration);
  }

  /** The whole picture again. */
  reset(duration = this.manner.duration): void {
    if (this.#source) this.go(fitted(this.#source.size, this.#size), duration);
  }

  /** Looks somewhere else, in `duration` milliseconds. */
  go(view: View, duration = 0): void {
    if (!this.#source) return;
    const to = clamped(view, this.#source.size, this.#size);
    if (duration > 0 && !prefersStill()) this.#flight = { from: this.#view, to, start: performance.now(), duration };
    else {
      this.#flight = undefined;
      this.#view = to;
    }
    this.#events.moved();
    this.draw();
  }

  /** The middle of the viewer. */
  get middle(): Point {
    return { x: this.#size.width / 2, y: this.#size.height / 2 };
  }

  /** Draws at the next opportunity. */
  draw(): void {
    this.#frame ||= requestAnimationFrame((now) => {
      this.#frame = 0;
      if (this.#paint(now)) this.draw();
    });
  }

  /** Draws what there is, asks for what is missing; true while things move. */
  #paint(now: number): boolean {
    const [source, tiles] = [this.#source, this.#tiles];
    if (!source || !tiles || !this.#size.width) {
      this.#clear();
      return false;
    }
    this.#fly(now);
    const box = seen(this.#view, source.size, this.#size);
    const ratio = this.canvas.width / this.#size.width;
    const best = levelFor(source.levels.slice(0, this.#finest + 1), this.#view.scale * ratio);
    const needed = tilesIn(best, box);
    // Where a flight leads to is fetched, not what is passed by.
    const there = this.#flight ? this.#wantedFor(source, this.#flight.to, ratio) : needed;
    const base: Tile = { level: source.levels[0]!, column: 0, row: 0 };
    tiles.want(tiles.get(base) ? there : [base, ...there]);
    // The picture before stays until there is something of this one.
    if (!this.#isShown && !tiles.get(base) && !needed.some((tile) => tiles.get(tile))) return !!this.#flight;
    this.#clear();

    const isComplete = needed.every((tile) => this.#age(tiles, tile, now) >= FADE_MS);
    this.#context.imageSmoothingEnabled = this.manner.smooth;
    this.#context.imageSmoothingQuality = "high";
    let fading = false;
    if (!isComplete) {
      // Coarser ones first, then finer ones that are left from before, so that nothing flashes meanwhile.
      const others = source.levels.filter((level) => level !== best);
      for (const level of others) {
        for (const tile of level.index > best.index + 2 ? [] : tilesIn(level, box)) fading = this.#paintTile(tiles, tile, now) || fading;
      }
    }
    for (const tile of needed) fading = this.#paintTile(tiles, tile, now) || fading;
    return fading || !!this.#flight;
  }

  #clear(): void {
    this.#context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  #wantedFor(source: Source, view: View, ratio: number): Tile[] {
    return tilesIn(levelFor(source.levels.slice(0, this.#finest + 1), view.scale * ratio), seen(view, source.size, this.#size));
  }

  #fly(now: number): void {
    const flight = this.#flight;
    if (!flight) return;
    const time = Math.min(1, Math.max(0, (now - flight.start) / flight.duration));
    const ease = EASINGS[this.manner.easing] ?? EASINGS["out-quadratic"]!;
    this.#view = time < 1 ? between(flight.from, flight.to, ease(time)) : flight.to;
    if (time === 1) {
      this.#flight = undefined;
      this.#events.moved();
    }
  }

  #age(tiles: Tiles, tile: Tile, now: number): number {
    const since = tiles.get(tile)?.since;
    return since === undefined ? -1 : tile.level.index === 0 || prefersStill() ? FADE_MS : now - since;
  }

  /** Draws a tile that is there; true while it fades in. */
  #paintTile(tiles: Tiles, tile: Tile, now: number): boolean {
    const loaded = tiles.get(tile);
    if (!loaded) return false;
    const age = this.#age(tiles, tile, now);
    const box = tileBox(tile);
    const [x, right] = [this.#across(box.x / tile.level.width), this.#across((box.x + box.width) / tile.level.width)];
    const [y, bottom] = [this.#down(box.y / tile.level.height), this.#down((box.y + box.height) / tile.level.height)];
    this.#context.globalAlpha = Math.min(1, Math.max(0, age / FADE_MS));
    this.#context.drawImage(loaded.image, x, y, right - x, bottom - y);
    this.#context.globalAlpha = 1;
    if (!this.#isShown) {
      this.#isShown = true;
      this.#events.shown();
    }
    return age < FADE_MS;
  }

  /** Whole pixels of the screen, so that neighbours meet without a seam. */
  #across(place: number): number {
    const { width } = this.#source!.size;
    const ratio = this.canvas.width / this.#size.width;
    return Math.round(((place * width - this.#view.x) * this.#view.scale + this.#size.width / 2) * ratio);
  }

  #down(place: number): number {
    const { height } = this.#source!.size;
    const ratio = this.canvas.height / this.#size.height;
    return Math.round(((place * height - this.#view.y) * this.#view.scale + this.#size.height / 2) * ratio);
  }

  #missing(tile: Tile, why: Refused | undefined): void {
    // A server may not make pictures that large for everybody: what is below that is as good as it gets.
    if (tile.level.index === 0 && !this.#isShown) this.#events.failed(why);
    else this.#finest = Math.max(0, Math.min(this.#finest, tile.level.index - 1));
    this.draw();
  }
}
