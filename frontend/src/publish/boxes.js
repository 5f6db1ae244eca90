// The box of a crop, in fractions of the picture: { left, top, right, bottom }. Nothing here knows of the page.

export const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 };
export const SIDES = ["left", "top", "right", "bottom"];

/** The smallest box, in fractions of the picture. */
const LEAST = 0.02;

export const limit = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * The box after `handle` ("move", or the compass points of a corner or edge) has gone `across` and `down`, within the
 * picture. `shape` is the box's width by its height in those fractions, which is kept; 0 where it is free.
 */
export function moved(handle, from, across, down, shape = 0) {
  if (handle === "move") return shifted(from, across, down);
  if (shape) return scaled(handle, from, across, down, shape);
  const next = { ...from };
  if (handle.includes("w")) next.left = limit(from.left + across, 0, from.right - LEAST);
  if (handle.includes("e")) next.right = limit(from.right + across, from.left + LEAST, 1);
  if (handle.includes("n")) next.top = limit(from.top + down, 0, from.bottom - LEAST);
  if (handle.includes("s")) next.bottom = limit(from.bottom + down, from.top + LEAST, 1);
  return next;
}

function shifted(from, across, down) {
  const [x, y] = [limit(across, -from.left, 1 - from.right), limit(down, -from.top, 1 - from.bottom)];
  return { left: from.left + x, top: from.top + y, right: from.right + x, bottom: from.bottom + y };
}

/** What lies opposite to the handle stays; beside an edge, the middle. */
function scaled(handle, from, across, down, shape) {
  const [width, height] = [from.right - from.left, from.bottom - from.top];
  const wanted = [];
  if (handle.includes("e")) wanted.push(width + across);
  if (handle.includes("w")) wanted.push(width - across);
  if (handle.includes("s")) wanted.push((height + down) * shape);
  if (handle.includes("n")) wanted.push((height - down) * shape);
  // The hand leads along the side on which it went further.
  const [further] = wanted.sort((a, b) => Math.abs(b - width) - Math.abs(a - width));
  const x = anchor(from.left, from.right, handle.includes("e") ? 0 : handle.includes("w") ? 1 : 0.5);
  const y = anchor(from.top, from.bottom, handle.includes("s") ? 0 : handle.includes("n") ? 1 : 0.5);
  const long = limit(further, Math.max(LEAST, LEAST * shape), Math.min(x.room, y.room * shape));
  return around(x, y, long, long / shape);
}

/** What stays where it is between two ends, `share` of the way from the first, and how long the box can be around it. */
function anchor(first, last, share) {
  const at = first + (last - first) * share;
  return { at, share, room: Math.min(share ? at / share : Infinity, share < 1 ? (1 - at) / (1 - share) : Infinity) };
}

function around(x, y, width, height) {
  const [left, top] = [x.at - width * x.share, y.at - height * y.share];
  return { left, top, right: left + width, bottom: top + height };
}

/** The largest box of a shape within another, around `focus` ({ x, y }) as far as that can be, else around its middle. */
export function shaped(box, shape, focus = undefined) {
  const width = Math.min(box.right - box.left, (box.bottom - box.top) * shape);
  const height = width / shape;
  const x = focus?.x ?? (box.left + box.right) / 2;
  const y = focus?.y ?? (box.top + box.bottom) / 2;
  const left = limit(x - width / 2, box.left, box.right - width);
  const top = limit(y - height / 2, box.top, box.bottom - height);
  return { left, top, right: left + width, bottom: top + height };
}

/** The box as options of an image URL: texts by side, "" at the picture's own edge. */
export function optionsOfBox(box) {
  return Object.fromEntries(SIDES.map((side) => [side, text(box[side], endOf(side))]));
}

/**
 * The same for a box of `ratio` (width by height in pixels) of a picture of `size` pixels, so that exactly that ratio
 * comes out: the server cuts at the next whole pixel, so each edge is said to be half a pixel before it.
 */
export function optionsOfShape(box, ratio, { width, height }) {
  const across = limit(Math.round((box.right - box.left) * width), 1, width);
  const down = limit(Math.round(across / ratio), 1, height);
  const left = limit(Math.round(box.left * width), 0, width - across);
  const top = limit(Math.round(box.top * height), 0, height - down);
  const edge = (pixel, length) => (pixel === 0 || pixel === length ? "" : String(Number(((pixel - 0.5) / length).toFixed(7))));
  return { left: edge(left, width), top: edge(top, height), right: edge(left + across, width), bottom: edge(top + down, height) };
}

/** The box that a URL's options (a Map of texts) say. */
export function boxOf(options) {
  const found = {};
  for (const side of SIDES) {
    const value = Number.parseFloat(options.get(side));
    found[side] = Number.isNaN(value) || (endOf(side) && value === 0) ? endOf(side) : limit(value, 0, 1);
  }
  return found;
}

const endOf = (side) => (side === "left" || side === "top" ? 0 : 1);

function text(place, end) {
  const value = Math.round(place * 1e4) / 1e4;
  return value === end ? "" : String(value);
}
