// Copies a text to the clipboard and says so.
import { say } from "./toasts.js";

/** Shows the buttons that copy (data-copies="text"): without scripts they would do nothing. */
export function offerCopies() {
  for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false;
  addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copies]");
    if (!button) return;
    await copy(button.dataset.copies);
    say("Copied");
  });
}

/** Puts a text on the clipboard, also where the page is not served securely. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
