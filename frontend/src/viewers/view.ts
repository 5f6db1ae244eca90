// Where one looks: the middle of the view in pixels of the full picture, and how many pixels of the page one of them covers.
import type { Size } from "./geometry.js";
import type { Box } from "./levels.js";

/** A look at a picture. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A place on the page, from the top left of the viewer. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The whole picture, as large as fits `stage`, at most at its own size. */
export function fitted(picture: Size, stage: Size): View {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, 1);
  return { x: picture.width / 2, y: picture.height / 2, scale: scale > 0 ? scale : 1 };
}

/** How far one can zoom in: to twice the picture's own pixels, and always to four times the whole. */
export function closest(picture: Size, stage: Size): number {
  return Math.max(2, fitted(picture, stage).scale * 4);
}

/** The nearest look that shows as much of the picture as there is room for. */
export function clamped(view: View, picture: Size, stage: Size): View {
  const scale = Math.min(closest(picture, stage), Math.max(fitted(picture, stage).scale, view.scale));
  const along = (place: number, length: number, room: number) => {
    const half = room / scale / 2;
    return half * 2 >= length ? length / 2 : Math.min(length - half, Math.max(half, place));
  };
  return { x: along(view.x, picture.width, stage.width), y: along(view.y, picture.height, stage.height), scale };
}

/** The look at another scale in which what is at `point` stays there. */
export function zoomedAt(view: View, point: Point, scale: number, stage: Size): View {
  const [dx, dy] = [point.x - stage.width / 2, point.y - stage.height / 2];
  const change = 1 / view.scale - 1 / scale;
  return { x: view.x + dx * change, y: view.y + dy * change, scale };
}

/** What is seen of the picture, in fractions of it; beyond 0 and 1 where the picture ends. */
export function seen(view: View, picture: Size, stage: Size): Box {
  const [width, height] = [stage.width / view.scale, stage.height / view.scale];
  return {
    x: (view.x - width / 2) / picture.width,
    y: (view.y - height / 2) / picture.height,
    width: width / picture.width,
    height: height / picture.height,
  };
}

/** The look between two at `share` (0 to 1) of the way: equal steps of zoom, around one point of the page. */
export function between(from: View, to: View, share: number): View {
  const scale = from.scale * (to.scale / from.scale) ** share;
  const turned = 1 / to.scale - 1 / from.scale;
  const way = Math.abs(turned) < 1e-9 ? share : (1 / scale - 1 / from.scale) / turned;
  return { x: from.x + (to.x - from.x) * way, y: from.y + (to.y - from.y) * way, scale };
}

const BACK = 1.70158;

/** The ways to move, by the names of the option `animation`: shares of the way by shares of the time. */
export const EASINGS: Readonly<Record<string, (time: number) => number>> = {
  linear: (time) => time,
  "in-out-back": (time) => {
    const back = BACK * 1.525;
    const [twice, rest] = [2 * time, 2 * time - 2];
    return time < 0.5 ? (twice ** 2 * ((back + 1) * twice - back)) / 2 : (rest ** 2 * ((back + 1) * rest + back) + 2) / 2;
  },
  "in-out-quadratic": (time) => (time < 0.5 ? 2 * time ** 2 : 1 - (2 - 2 * time) ** 2 / 2),
  "in-out-sine": (time) => (1 - Math.cos(Math.PI * time)) / 2,
  "out-back": (time) => 1 + (BACK + 1) * (time - 1) ** 3 + BACK * (time - 1) ** 2,
  "out-quadratic": (time) => 1 - (1 - time) ** 2,
  "out-sine": (time) => Math.sin((Math.PI * time) / 2),
};
