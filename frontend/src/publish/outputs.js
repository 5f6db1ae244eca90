// The snippets follow the URL: the server writes them.
import { paced } from "./pace.js";

const place = document.querySelector("[data-outputs]");
const sizes = document.querySelector("[data-sizes]");
let wanted = "";

const fetchOutputs = paced(async (signal) => {
  try {
    const answer = await fetch(wanted, { signal });
    if (!answer.ok) return;
    const body = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    const chosen = place.querySelector("input:checked")?.value;
    const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.replaceChildren(...body.childNodes);
    const again = [...place.querySelectorAll("input")].find((input) => input.value === chosen);
    if (again) again.checked = true;
    if (focused) document.getElementById(focused)?.focus();
    offer();
  } catch {
    // The snippets of before stay; the preview tells what is wrong with the server.
  }
}, 500);

/** Brings the snippets to an image URL, whose rendering has `size` ("800x600"). */
export function followOutputs(path, size) {
  wanted = `/publish/outputs/${path.slice(path.indexOf("?"))}&publish.size=${size}&publish.sizes=${encodeURIComponent(sizes.value)}`;
  fetchOutputs(200);
}

/** Calls `change()` when the width in the page is another. */
export function onSizes(change) {
  offer();
  sizes.addEventListener("input", change);
}

function offer() {
  for (const button of place.querySelectorAll("[data-copies]")) button.hidden = false;
}
