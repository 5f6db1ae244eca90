// The editor of image URLs: shows what the typed URL makes, and what the server says about it.
import { addOption, htmlFor, imagePath, pagePath } from "./urls.js";

const PAUSE = 250; // Milliseconds without a keystroke before the server is asked.
const ACCEPT = "image/avif,image/webp,image/png,image/*;q=0.8,*/*;q=0.5";

const find = (name) => document.querySelector(`[data-${name}]`);
const field = find("url");
const preview = find("preview");
const ground = find("ground");
const facts = find("facts");
const problem = find("problem");
const notice = find("notice");

let waiting; // The timer of the pause.
let asking; // Cancels the request under way.
let shown = ""; // The object URL in the preview.

/** Asks for the URL in the field and shows the picture, or why there is none. */
async function refresh() {
  clearTimeout(waiting);
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const path = imagePath(field.value);
  find("open").href = path;
  ground.classList.add("busy");
  for (const recipe of document.querySelectorAll("[data-image]")) {
    recipe.ariaCurrent = recipe.dataset.image === path ? "true" : null;
  }
  const started = performance.now();
  try {
    // Past the browser's own cache, so that the time and the origin that are shown are the server's.
    const answer = await fetch(path, { signal, cache: "no-store", headers: { Accept: ACCEPT } });
    const body = await answer.blob();
    const milliseconds = performance.now() - started;
    if (!answer.ok) {
      fail(answer.status, await body.text());
    } else {
      tell(answer, body, milliseconds, await show(body, signal));
    }
    history.replaceState(null, "", pagePath(path));
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
    throw new DOMException("a newer URL was typed", "AbortError");
  }
  preview.src = url;
  URL.revokeObjectURL(shown);
  shown = url;
  return picture.naturalWidth ? `${picture.naturalWidth} × ${picture.naturalHeight}` : "";
}

/** The line under the picture. */
function tell(answer, body, milliseconds, seen) {
  facts.dataset.size = answer.headers.get("X-Image-Size")?.replace("x", " × ") ?? seen;
  problem.hidden = true;
  field.removeAttribute("aria-invalid");
  ground.classList.remove("stale");
  const type = body.type.replace(/^image\//, "").toUpperCase();
  const items = [
    [facts.dataset.size, "pixels"],
    [bytes(body.size), share(body.size)],
    [type, ""],
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
  const ignored = answer.headers.get("X-Ignored-Options");
  notice.hidden = !ignored;
  notice.textContent = ignored ? `Nobody here knows ${ignored}; it changes nothing.` : "";
}

/** The server's sentence, above the last picture that worked. */
function fail(status, text) {
  const sentence = text.trim();
  const readable = sentence && sentence.length < 600 && !sentence.startsWith("<");
  problem.textContent = readable ? sentence : status ? `The server answered ${status}.` : "The server cannot be reached. Is it running?";
  problem.hidden = false;
  notice.hidden = true;
  facts.replaceChildren();
  field.setAttribute("aria-invalid", "true");
  ground.classList.add("stale");
}

/** A count of bytes for people. */
function bytes(count) {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`;
  return count >= 1000 ? `${(count / 1000).toFixed(count < 1e4 ? 1 : 0)} kB` : `${count} bytes`;
}

/** How much of the original's bytes that is. */
function share(count) {
  const part = (100 * count) / field.dataset.bytes;
  return part < 100 ? `${part < 1 ? "less than 1" : Math.round(part)} % of the original` : "";
}

/** Sets the field and shows it at once. */
function use(path) {
  field.value = path;
  refresh();
}

/** Copies a text and says so on the button. */
async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Without HTTPS a page may not write to the clipboard: the text is selected for the reader's own hand.
    field.select();
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (button.textContent = label), 1600);
}

field.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, PAUSE);
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
  button.hidden = false;
  button.addEventListener("click", () => {
    const url = field.dataset.host + imagePath(field.value);
    copy(button, button.dataset.copy === "url" ? url : htmlFor(url, facts.dataset.size, field.dataset.src));
  });
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
    use(addOption(imagePath(field.value), code.dataset.option, code.dataset.example));
    find("editor").scrollIntoView({ block: "start" });
  });
}
refresh();
