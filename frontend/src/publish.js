// The publisher: the URL is the one truth. Form, crop and typing change it; preview, snippets and address follow it.
import { copy as toClipboard } from "./copying.js";
import { onCrop, showCrop } from "./publish/crop.js";
import { prepareCompare, showCompare } from "./publish/compare.js";
import { explain, fill, isLocked, onOption, onTemplate } from "./publish/form.js";
import { followOutputs, onSizes } from "./publish/outputs.js";
import { paced } from "./publish/pace.js";
import { bytes, share } from "./publish/sizes.js";
import { addOption, htmlFor, imagePath, optionsOf, pagePath, uncounted, withOption } from "./urls.js";

const PAUSE = 250; // Milliseconds without a keystroke before the server is asked.
const ACCEPT = "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5";

const find = (name) => document.querySelector(`[data-${name}]`);
const field = find("url");
const preview = find("preview");
const ground = find("ground");
const facts = find("facts");
const problem = find("problem");
const notice = find("notice");

let shown = ""; // The object URL in the preview.
let made = ""; // The format of what is shown.
let mode = "preview";

const path = () => imagePath(field.value);
const refresh = paced(ask);

/** Asks for the URL in the field and shows the picture, or why there is none. */
async function ask(signal) {
  const asked = path();
  find("open").href = asked;
  ground.classList.add("busy");
  markRecipes(asked);
  const save = find("save");
  if (save) save.action = pagePath(asked);
  try {
    const started = performance.now();
    // Past the browser's own cache, so that the time and the origin that are shown are the server's.
    const answer = await fetch(uncounted(asked), { signal, cache: "no-store", headers: { Accept: ACCEPT } });
    const body = await answer.blob();
    const milliseconds = performance.now() - started;
    if (answer.ok) tell(answer, body, milliseconds, await show(body, signal));
    else fail(answer.status, await body.text());
    history.replaceState(null, "", pagePath(asked));
  } catch (error) {
    if (error.name === "AbortError") return;
    fail(0, "");
  }
  ground.classList.remove("busy");
}

/** Puts a picture into the preview, and gives its size; "" where this browser cannot show it. */
async function show(body, signal) {
  const url = URL.createObjectURL(body);
  const picture = new Image();
  picture.src = url;
  await picture.decode().catch(() => {});
  // One that is slow to decode must not replace a newer one.
  if (signal.aborted) {
    URL.revokeObjectURL(url);
    throw new DOMException("the URL is another by now", "AbortError");
  }
  preview.src = url;
  URL.revokeObjectURL(shown);
  shown = url;
  return picture.naturalWidth ? `${picture.naturalWidth} × ${picture.naturalHeight}` : "";
}

/** The line under the picture. */
function tell(answer, body, milliseconds, seen) {
  const size = answer.headers.get("X-Image-Size");
  facts.dataset.size = size?.replace("x", " × ") ?? seen;
  problem.hidden = true;
  field.removeAttribute("aria-invalid");
  explain("");
  ground.classList.remove("stale");
  made = body.type.replace(/^image\//, "").replace("jpeg", "jpg").replace("tiff", "tif");
  const items = [
    [facts.dataset.size, "pixels"],
    [bytes(body.size), share(body.size, field.dataset.bytes)],
    [body.type.replace(/^image\//, "").toUpperCase(), ""],
    [`${Math.round(milliseconds)} ms`, answer.headers.get("X-From-Cache") === "True" ? "from the cache" : "made just now"],
  ];
  facts.replaceChildren(
    ...items.filter(([value]) => value).map(([value, word]) => {
      const item = document.createElement("span");
      const strong = document.createElement("b");
      strong.textContent = value;
      item.append(strong, word && ` ${word}`);
      return item;
    }),
  );
  if (!seen) facts.append("This browser cannot show this format; the file is there all the same.");
  const ignored = ignoredOf(answer, optionsOf(path()));
  notice.hidden = !ignored;
  notice.textContent = ignored ? `Nobody here knows ${ignored}, or the template locks it; it changes nothing.` : "";
  followOutputs(path(), size ?? "");
  if (mode === "compare") showCompare(path(), made);
}

/** The options of the URL that changed nothing; that the preview is not counted is none of them. */
function ignoredOf(answer, options) {
  const names = (answer.headers.get("X-Ignored-Options") ?? "").split(/,\s*/);
  return names.filter((name) => name !== "stats" || options.has("stats")).join(", ");
}

/** The server's sentence, above the last picture that worked and beside the option that it is about. */
function fail(status, text) {
  const sentence = text.trim();
  const readable = sentence && sentence.length < 600 && !sentence.startsWith("<");
  problem.textContent = readable ? sentence : status ? `The server answered ${status}.` : "The server cannot be reached. Is it running?";
  problem.hidden = false;
  notice.hidden = true;
  explain(problem.textContent);
  facts.replaceChildren();
  field.setAttribute("aria-invalid", "true");
  ground.classList.add("stale");
}

/** Another URL: shown in the field, in the controls, and in the picture. */
function use(next, pause = 0) {
  field.value = next;
  fill(next);
  refresh(pause);
}

function markRecipes(asked) {
  for (const recipe of document.querySelectorAll("[data-image]")) {
    recipe.ariaCurrent = recipe.dataset.image === asked ? "true" : null;
  }
}

/** Preview, crop or compare in the place of the picture. */
function turnTo(next) {
  mode = next;
  preview.hidden = mode !== "preview";
  find("crop").hidden = mode !== "crop";
  find("crop-desk").hidden = mode !== "crop";
  find("compare").hidden = find("compare-desk").hidden = mode !== "compare";
  for (const button of document.querySelectorAll("[data-mode]")) button.ariaPressed = String(button.dataset.mode === mode);
  if (mode === "crop") showCrop(path());
  if (mode === "compare") showCompare(path(), made);
}

/** Copies a text and says so on the button. */
async function copy(button, text) {
  const label = button.textContent;
  try {
    await toClipboard(text);
    button.textContent = "Copied";
  } catch {
    field.select();
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (button.textContent = label), 1600);
}

field.addEventListener("input", () => {
  fill(path());
  refresh(PAUSE);
  if (mode === "crop") showCrop(path());
});
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  refresh();
});
find("form").addEventListener("submit", (event) => {
  event.preventDefault();
  refresh();
});
for (const button of document.querySelectorAll("[data-copy]")) {
  // What is typed is not what the public may ask for: the snippets are.
  button.hidden = "signed" in find("editor").dataset;
  button.addEventListener("click", () => {
    const url = field.dataset.host + path();
    copy(button, button.dataset.copy === "url" ? url : htmlFor(url, facts.dataset.size, field.dataset.src));
  });
}
for (const link of document.querySelectorAll("[data-try]")) {
  // Another picture, with what has been set meanwhile.
  const follow = () => (link.search = path().slice(path().indexOf("?")).replace(/([?&])src=[^&]*/, `$1${new URL(link.dataset.try).search.match(/src=[^&]*/)[0]}`));
  link.dataset.try = link.href;
  for (const before of ["pointerdown", "focus", "click"]) link.addEventListener(before, follow);
}
find("show").hidden = true;
document.addEventListener("click", (event) => {
  const recipe = event.target.closest("[data-image]");
  if (!recipe || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  use(recipe.dataset.image);
});
for (const code of document.querySelectorAll("[data-option]")) {
  if (!code.dataset.example) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "use";
  button.title = `Add ${code.dataset.option}=${code.dataset.example} to the URL`;
  code.replaceWith(button);
  button.append(code);
  button.addEventListener("click", () => {
    use(addOption(path(), code.dataset.option, code.dataset.example));
    find("editor").scrollIntoView({ block: "start" });
  });
}

onOption((name, value) => {
  field.value = withOption(path(), name, value);
  fill(path());
  refresh();
  if (mode === "crop") showCrop(path());
});
onCrop((edges) => {
  let next = path();
  for (const [name, value] of Object.entries(edges)) next = withOption(next, name, value);
  use(next);
});
onTemplate(path);
onSizes(() => followOutputs(path(), (facts.dataset.size ?? "").replace(" × ", "x")));
prepareCompare(field.dataset.bytes);
for (const button of document.querySelectorAll("[data-mode]")) {
  button.disabled = button.dataset.mode === "crop" && ["left", "top", "right", "bottom"].some(isLocked);
  button.addEventListener("click", () => turnTo(button.dataset.mode));
}
find("modes").hidden = false;
if (["#crop", "#compare"].includes(location.hash)) turnTo(location.hash.slice(1));
fill(path());
refresh();
