// Keys that do something, page by page, and the list of them that `?` shows.
import { showDialog } from "./dialogs.js";

const known = [];

/** Does `run` when `key` (as KeyboardEvent.key, or several of them) is pressed outside fields; `label` is shown in the list. */
export function onKey(keys, label, run) {
  const names = [keys].flat();
  known.push({ names, label });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox], [type=range]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !names.includes(event.key)) return;
    if (document.querySelector("dialog[open]")) return;
    if (run(event) !== false) event.preventDefault();
  });
}

/** `/` goes to the search field, `?` shows all keys of the page. */
export function listKeys() {
  onKey("/", "Search", () => document.querySelector("[data-search]")?.focus());
  onKey("?", "This list", showKeys);
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", showKeys);
  }
}

const WORDS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Escape: "Esc" };

function showKeys() {
  const list = document.createElement("dl");
  list.className = "keys";
  for (const { names, label } of known) {
    const term = document.createElement("dt");
    for (const name of names) {
      const key = document.createElement("kbd");
      key.textContent = WORDS[name] ?? name;
      term.append(key, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = label;
    list.append(term, meaning);
  }
  showDialog("Keyboard", [list]);
}
