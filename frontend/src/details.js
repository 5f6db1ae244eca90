// A picture's page beyond its forms: arrows to its neighbours, tags to choose from, panels of plugins, unsaved changes.
import { onKey } from "./keys.js";

const go = (name) => () => document.querySelector(`[data-${name}]`)?.click() ?? false;
const isZooming = () => document.activeElement?.closest?.("qis-zoom");
onKey("ArrowLeft", "Previous picture", () => (isZooming() ? false : go("previous")()));
onKey("ArrowRight", "Next picture", () => (isZooming() ? false : go("next")()));

keepChanges(document.querySelector("[data-keeps]"));
fillPanels();

/** Leaving with something typed and not saved asks first. */
function keepChanges(form) {
  if (!form) return;
  let changed = false;
  form.addEventListener("input", () => (changed = true));
  form.addEventListener("submit", () => (changed = false));
  addEventListener("beforeunload", (event) => changed && event.preventDefault());
}

/** A plugin's panel is fetched when it is first unfolded. */
function fillPanels() {
  for (const panel of document.querySelectorAll("[data-panel]")) {
    panel.addEventListener("toggle", async () => {
      const answer = await fetch(panel.dataset.panel).catch(() => undefined);
      if (answer?.status === 204) return panel.remove();
      if (!answer?.ok) return;
      const body = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      panel.replaceChildren(panel.querySelector("summary"), ...body.childNodes);
    }, { once: true });
  }
}
