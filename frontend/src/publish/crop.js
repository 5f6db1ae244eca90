// Cropping by hand: a box over the whole picture, moved by mouse, touch or arrow keys.
import { addOption, optionsOf } from "../urls.js";

const STEP = 0.01;
const LEAST = 0.02;
const SIDES = ["left", "top", "right", "bottom"];

const find = (name) => document.querySelector(`[data-${name}]`);
const place = find("crop");
const picture = find("crop-picture");
const area = find("crop-area");
const box = find("crop-box");
const focal = find("crop-focal");
let edges = { left: 0, top: 0, right: 1, bottom: 1 };
let tell = () => {};

/** Calls `change(edges)` with texts by option ("" at the picture's own edge) whenever the box is moved. */
export function onCrop(change) {
  tell = change;
  picture.addEventListener("load", lay);
  new ResizeObserver(lay).observe(place);
  for (const handle of place.querySelectorAll("[data-handle]")) {
    handle.addEventListener("pointerdown", drag);
    handle.addEventListener("keydown", step);
  }
}

/** Shows the whole picture of a URL with the box where its crop is. */
export function showCrop(path) {
  const options = optionsOf(path);
  const source = wholeOf(path, options);
  if (picture.getAttribute("src") !== source) picture.src = source;
  edges = {};
  for (const side of SIDES) {
    const end = side === "left" || side === "top" ? 0 : 1;
    const value = Number.parseFloat(options.get(side));
    edges[side] = Number.isNaN(value) || (end && value === 0) ? end : Math.min(1, Math.max(0, value));
  }
  showFocal(options);
  lay();
}

/** The picture as it is before it is cropped: turned and mirrored, not more. */
function wholeOf(path, options) {
  let whole = "/image?" + path.slice(path.indexOf("?") + 1).split("&").find((part) => part.startsWith("src="));
  for (const name of ["page", "time", "flip", "angle"]) {
    if (options.get(name)) whole = addOption(whole, name, options.get(name));
  }
  return `${whole}&left=0&top=0&right=1&bottom=1&tile=&width=1200&height=1200&autosizefit=1&format=auto`;
}

/** The focal point is one of the upright picture: on a turned one its place is not shown. */
function showFocal(options) {
  focal.hidden = !place.dataset.focal || Number(options.get("angle") ?? 0) % 360 !== 0;
  if (focal.hidden) return;
  const [x, y] = place.dataset.focal.split(",").map(Number);
  focal.style.left = `${100 * (options.get("flip") === "h" ? 1 - x : x)}%`;
  focal.style.top = `${100 * (options.get("flip") === "v" ? 1 - y : y)}%`;
}

/** Lays the area over the picture, and the box where the edges are. */
function lay() {
  const around = place.getBoundingClientRect();
  const seen = picture.getBoundingClientRect();
  area.style.left = `${seen.left - around.left}px`;
  area.style.top = `${seen.top - around.top}px`;
  area.style.width = `${seen.width}px`;
  area.style.height = `${seen.height}px`;
  box.style.left = `${100 * edges.left}%`;
  box.style.top = `${100 * edges.top}%`;
  box.style.width = `${100 * (edges.right - edges.left)}%`;
  box.style.height = `${100 * (edges.bottom - edges.top)}%`;
}

function drag(event) {
  const handle = event.currentTarget;
  const { width, height } = area.getBoundingClientRect();
  const from = { x: event.clientX, y: event.clientY, edges: { ...edges } };
  handle.setPointerCapture(event.pointerId);
  handle.focus({ preventScroll: true });
  event.preventDefault();
  const follow = (moved) => move(handle.dataset.handle, from.edges, (moved.clientX - from.x) / width, (moved.clientY - from.y) / height);
  const end = () => {
    handle.removeEventListener("pointermove", follow);
    handle.removeEventListener("pointerup", end);
    handle.removeEventListener("pointercancel", end);
  };
  handle.addEventListener("pointermove", follow);
  handle.addEventListener("pointerup", end);
  handle.addEventListener("pointercancel", end);
}

function step(event) {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!by) return;
  event.preventDefault();
  const far = event.shiftKey ? 5 * STEP : STEP;
  move(event.currentTarget.dataset.handle, edges, by[0] * far, by[1] * far);
}

/** Moves what a handle holds, within the picture. */
function move(handle, from, across, down) {
  const next = { ...from };
  if (handle === "move") {
    across = limit(across, -from.left, 1 - from.right);
    down = limit(down, -from.top, 1 - from.bottom);
    for (const side of SIDES) next[side] += side === "left" || side === "right" ? across : down;
  }
  if (handle.includes("w")) next.left = limit(from.left + across, 0, from.right - LEAST);
  if (handle.includes("e") && handle !== "move") next.right = limit(from.right + across, from.left + LEAST, 1);
  if (handle.startsWith("n")) next.top = limit(from.top + down, 0, from.bottom - LEAST);
  if (handle.startsWith("s")) next.bottom = limit(from.bottom + down, from.top + LEAST, 1);
  edges = next;
  lay();
  tell(Object.fromEntries(SIDES.map((side) => [side, text(side)])));
}

function text(side) {
  const end = side === "left" || side === "top" ? 0 : 1;
  const value = Math.round(edges[side] * 1e4) / 1e4;
  return value === end ? "" : String(value);
}

const limit = (value, low, high) => Math.min(high, Math.max(low, value));
