// Fingers, mouse, wheel and keys, as movements of a stage.
import type { Stage } from "./canvas.js";
import type { Point } from "./view.js";

const TAP_MOVES = 8;
const TAP_MS = 350;
const KEY_STEP = 80;

/** What presses mean, where a viewer decides by itself. */
export interface Presses {
  /** A click or tap that was no drag. */
  readonly click: (at: Point, event: PointerEvent) => void;
  /** Two of them at one place. */
  readonly double: (at: Point, event: PointerEvent) => void;
  /** Whether the wheel zooms without Ctrl. */
  readonly wheel: () => boolean;
}

/** Follows pointers and wheel on `target`. */
export class Gestures {
  readonly #stage: Stage;
  readonly #target: HTMLElement;
  readonly #presses: Presses;
  readonly #fingers = new Map<number, Point>();
  #start: { at: Point; time: number; moved: boolean } | undefined;
  #last: { at: Point; time: number } | undefined;
  #speed: Point = { x: 0, y: 0 };
  #when = 0;

  constructor(target: HTMLElement, stage: Stage, presses: Presses) {
    this.#target = target;
    this.#stage = stage;
    this.#presses = presses;
    target.addEventListener("pointerdown", (event) => this.#down(event));
    target.addEventListener("pointermove", (event) => this.#move(event));
    target.addEventListener("pointerup", (event) => this.#up(event));
    target.addEventListener("pointercancel", (event) => this.#lost(event));
    target.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #place(event: MouseEvent): Point {
    const box = this.#target.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const at = this.#place(event);
    this.#fingers.set(event.pointerId, at);
    this.#target.setPointerCapture(event.pointerId);
    if (this.#fingers.size === 1) {
      this.#start = { at, time: event.timeStamp, moved: false };
      this.#speed = { x: 0, y: 0 };
      this.#when = event.timeStamp;
      // A moving picture is caught by a finger.
      if (event.pointerType !== "mouse") this.#stage.pan(0, 0);
    } else if (this.#start) this.#start.moved = true;
  }

  #move(event: PointerEvent): void {
    const before = this.#fingers.get(event.pointerId);
    if (!before || !this.#start) return;
    const at = this.#place(event);
    if (this.#fingers.size === 1) {
      if (!this.#start.moved && Math.hypot(at.x - this.#start.at.x, at.y - this.#start.at.y) < TAP_MOVES) return;
      this.#start.moved = true;
      const [dx, dy] = [at.x - before.x, at.y - before.y];
      const time = Math.max(1, event.timeStamp - this.#when);
      this.#speed = { x: 0.7 * (dx / time) + 0.3 * this.#speed.x, y: 0.7 * (dy / time) + 0.3 * this.#speed.y };
      this.#when = event.timeStamp;
      this.#stage.pan(dx, dy);
    } else this.#pinch(event.pointerId, before, at);
    this.#fingers.set(event.pointerId, at);
  }

  #pinch(id: number, before: Point, at: Point): void {
    const other = [...this.#fingers].find(([finger]) => finger !== id)?.[1];
    if (!other) return;
    const [old, now] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(at.x - other.x, at.y - other.y)];
    this.#stage.pan((at.x - before.x) / 2, (at.y - before.y) / 2);
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    if (old > 0) this.#stage.zoomTo((this.#stage.view.scale * now) / old, middle, 0);
  }

  #up(event: PointerEvent): void {
    const at = this.#fingers.get(event.pointerId);
    if (!at || !this.#start) return;
    this.#fingers.delete(event.pointerId);
    if (this.#fingers.size) return;
    const start = this.#start;
    this.#start = undefined;
    if (start.moved) {
      // It runs on a little, as things that are pushed do.
      const isPushed = event.timeStamp - this.#when < 60 && Math.hypot(this.#speed.x, this.#speed.y) > 0.3;
      if (isPushed && this.#stage.isZoomed) this.#stage.pan(this.#speed.x * 160, this.#speed.y * 160, 360);
    } else this.#tap(at, event);
  }

  #tap(at: Point, event: PointerEvent): void {
    const last = this.#last;
    if (last && event.timeStamp - last.time < TAP_MS && Math.hypot(at.x - last.at.x, at.y - last.at.y) < 24) {
      this.#last = undefined;
      this.#presses.double(at, event);
      return;
    }
    this.#last = { at, time: event.timeStamp };
    this.#presses.click(at, event);
  }

  #lost(event: PointerEvent): void {
    this.#fingers.delete(event.pointerId);
    if (!this.#fingers.size) this.#start = undefined;
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey && !this.#presses.wheel()) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 30 : event.deltaMode === 2 ? 300 : 1;
    const distance = Math.max(-240, Math.min(240, event.deltaY * lines));
    // Wheels click in large steps that want smoothing; trackpads glide by themselves.
    const duration = Math.abs(distance) >= 40 ? 160 : 0;
    this.#stage.zoomTo(this.#stage.view.scale * 2 ** (-distance / (event.ctrlKey ? 120 : 240)), this.#place(event), duration);
  }
}

/** Moves the stage by a key; false where the key means nothing to it. */
export function pressKey(stage: Stage, key: string): boolean {
  const duration = Math.min(200, stage.manner.duration);
  const moves: Record<string, () => void> = {
    ArrowLeft: () => stage.pan(KEY_STEP, 0, duration),
    ArrowRight: () => stage.pan(-KEY_STEP, 0, duration),
    ArrowUp: () => stage.pan(0, KEY_STEP, duration),
    ArrowDown: () => stage.pan(0, -KEY_STEP, duration),
    "+": () => stage.zoom(1),
    "=": () => stage.zoom(1),
    "-": () => stage.zoom(-1),
    "0": () => stage.reset(),
    Home: () => stage.reset(),
  };
  // The arrows are the page's (or a gallery's) as long as there is nothing to move.
  if (!(key in moves) || (key.startsWith("Arrow") && !stage.isZoomed)) return false;
  moves[key]!();
  return true;
}
