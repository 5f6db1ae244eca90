// Two formats or qualities of one rendering under a divider, with their bytes.
import { optionsOf, uncounted, withOption } from "../urls.js";
import { paced } from "./pace.js";
import { bytes, share } from "./sizes.js";

const find = (name) => document.querySelector(`[data-${name}]`);
const pictures = find("compare-pictures");
let current = "";
let original = 0;
let sides = [];

/** Begins to listen; `size` is the original's bytes. */
export function prepareCompare(size) {
  original = size;
  sides = ["left", "right"].map(side);
  const divider = find("divider");
  const lay = () => pictures.style.setProperty("--at", `${divider.value}%`);
  divider.addEventListener("input", lay);
  pictures.addEventListener("pointerdown", (event) => {
    pictures.setPointerCapture(event.pointerId);
    follow(event);
    pictures.addEventListener("pointermove", follow);
  });
  for (const end of ["pointerup", "pointercancel"]) pictures.addEventListener(end, () => pictures.removeEventListener("pointermove", follow));
  lay();

  function follow(event) {
    const box = pictures.getBoundingClientRect();
    divider.value = (100 * (event.clientX - box.left)) / box.width;
    lay();
  }
}

function side(name) {
  const desk = document.querySelector(`[data-side="${name}"]`);
  const format = desk.querySelector("[data-side-format]");
  const quality = desk.querySelector("[data-side-quality]");
  const facts = desk.querySelector("[data-side-facts]");
  const picture = document.querySelector(`[data-side-picture="${name}"]`);
  let shown = "";
  const ask = paced(async (signal) => {
    const path = withOption(withOption(current, "format", format.value), "quality", quality.value.trim());
    try {
      const answer = await fetch(uncounted(path), { signal, cache: "no-store" });
      const body = await answer.blob();
      if (!answer.ok) {
        facts.textContent = (await body.text()).slice(0, 300);
        return;
      }
      picture.src = URL.createObjectURL(body);
      await picture.decode().catch(() => {});
      URL.revokeObjectURL(shown);
      shown = picture.src;
      facts.textContent = [bytes(body.size), share(body.size, original), picture.naturalWidth ? "" : "this browser cannot show it"].filter(Boolean).join(" · ");
      facts.dataset.bytes = body.size;
    } catch (error) {
      if (error.name !== "AbortError") facts.textContent = "The server cannot be reached.";
    }
  });
  format.addEventListener("change", () => ask());
  quality.addEventListener("input", () => ask(250));
  return { format, quality, ask };
}

/** Compares what a URL makes, `made` being its format, with the same in a smaller one. */
export function showCompare(path, made) {
  // Before the first rendering is there, its format is not known; it will be told.
  if (!made) return;
  current = path;
  const [left, right] = sides;
  const has = (each, name) => [...each.format.options].some((option) => option.value === name);
  if (!left.begun) {
    left.begun = true;
    if (has(left, made)) left.format.value = made;
    left.quality.value = optionsOf(path).get("quality") ?? "";
    right.format.value = ["avif", "webp", "jpg"].find((name) => name !== left.format.value && has(right, name)) ?? left.format.value;
  }
  left.ask();
  right.ask();
}
