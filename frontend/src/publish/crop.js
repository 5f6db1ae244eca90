// Cropping by hand: a box over the whole picture, moved by mouse, touch or arrow keys, free or in a shape.
import { addOption, optionsOf } from "../urls.js";
import { outputSize } from "../viewers/geometry.ts";
import { WHOLE, boxOf, moved, optionsOfBox, optionsOfShape, shaped } from "./boxes.js";

const STEP = 0.01;

const find = (name) => document.querySelector(`[data-${name}]`);
const place = find("crop");
const picture = find("crop-picture");
const area = find("crop-area");
const box = find("crop-box");
const focal = find("crop-focal");
const shapes = [...document.querySelectorAll("[data-shape]")];
let edges = WHOLE;
let free = WHOLE; // The box as it was before a shape was chosen: choosing another one does not make it smaller and smaller.
let focus; // The focal point, where it can be shown.
let pixels; // The size of the whole picture as it is turned; undefined where it is not known.
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
  for (const shape of shapes) shape.addEventListener("change", takeShape);
  find("crop-whole").addEventListener("click", () => {
    shapes[0].checked = true;
    use((free = WHOLE));
  });
}

/** Shows the whole picture of a URL with the box where its crop is. */
export function showCrop(path) {
  const options = optionsOf(path);
  const source = wholeOf(path, options);
  if (picture.getAttribute("src") !== source) picture.src = source;
  edges = free = boxOf(options);
  pixels = sizeOf(options);
  showFocal(options);
  lay();
}

/** The size in pixels of what is cropped. A page or frame may have another than the file's first. */
function sizeOf(options) {
  const [width, height] = (place.dataset.size ?? "").split(",").map(Number);
  if (!height || options.get("page") || options.get("time")) return undefined;
  return outputSize({ width, height }, { angle: options.get("angle") ?? "0" });
}

/** The picture as it is before it is cropped: turned and mirrored, not more. */
function wholeOf(path, options) {
  let whole = "/image?" + path.slice(path.indexOf("?") + 1).split("&").find((part) => part.startsWith("src="));
  for (const name of ["page", "time", "flip", "angle"]) {
    if (options.get(name)) whole = addOption(whole, name, options.get(name));
  }
  return `${whole}&left=0&top=0&right=1&bottom=1&tile=&width=1200&height=1200&autosizefit=1&format=auto&stats=0`;
}

/** The focal point is one of the upright picture: on a turned one its place is not shown. */
function showFocal(options) {
  focal.hidden = !place.dataset.focal || Number(options.get("angle") ?? 0) % 360 !== 0;
  focus = undefined;
  if (focal.hidden) return;
  const [x, y] = place.dataset.focal.split(",").map(Number);
  focus = { x: options.get("flip") === "h" ? 1 - x : x, y: options.get("flip") === "v" ? 1 - y : y };
  focal.style.left = `${100 * focus.x}%`;
  focal.style.top = `${100 * focus.y}%`;
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

/** Moves what a handle holds. */
function move(handle, from, across, down) {
  use((free = moved(handle, from, across, down, ratio() / (whole().width / whole().height))));
}

/** Brings the box into the shape that was chosen. */
function takeShape() {
  const wanted = ratio();
  use(wanted ? shaped(free, wanted / (whole().width / whole().height), focus) : free);
}

/** Width by height of the shape that is chosen; 0 where it is free. */
function ratio() {
  const chosen = shapes.find((shape) => shape.checked)?.value ?? "";
  if (chosen === "picture") return whole().width / whole().height;
  const [width, height] = chosen.split(":").map(Number);
  return height ? width / height : 0;
}

/** The picture's size, or at least its shape. */
function whole() {
  return pixels ?? { width: picture.naturalWidth || 1, height: picture.naturalHeight || 1 };
}

function use(next) {
  edges = next;
  lay();
  tell(ratio() && pixels ? optionsOfShape(edges, ratio(), pixels) : optionsOfBox(edges));
}
