// The library beyond its forms: sizes of thumbnails, keys, ranges, the next pictures on scrolling, dropped files.
import { onKey } from "./keys.js";
import { takeFiles } from "./uploads.js";

const library = document.querySelector("[data-library]");
const tiles = () => [...document.querySelectorAll("[data-tiles] .tile")];
const form = document.querySelector("[data-selection]");

sizeThumbnails();
submitOnChoice();
rememberTree();
followTask();
if (form) {
  countSelected();
  selectRanges();
  moveByKeys();
  loadMore();
}
if (library?.dataset.upload !== undefined) takeFiles(library.dataset.path, library.dataset.upload);

/** The slider sets how wide a thumbnail is, here and on the next pages. */
function sizeThumbnails() {
  const place = document.querySelector("[data-size]");
  const slider = place?.querySelector("input");
  const set = (width) => document.documentElement.style.setProperty("--thumb", `${width}px`);
  const kept = localStorage.getItem("qis-thumb");
  if (kept) set(kept);
  if (!slider) return;
  place.hidden = false;
  if (kept) slider.value = kept;
  slider.addEventListener("input", () => {
    set(slider.value);
    localStorage.setItem("qis-thumb", slider.value);
  });
}

/** What is chosen counts at once; the button is for browsers without scripts. */
function submitOnChoice() {
  const tools = document.querySelector("[data-tools]");
  tools?.querySelector("[data-plain]")?.remove();
  tools?.querySelector("[data-submits]")?.addEventListener("change", () => tools.requestSubmit());
}

/** The tree stays as it was left; on a narrow screen it begins folded. */
function rememberTree() {
  const tree = document.querySelector("[data-tree]");
  if (!tree) return;
  const kept = localStorage.getItem("qis-tree");
  tree.open = kept ? kept === "open" && innerWidth > 800 : innerWidth > 800;
  tree.querySelector("summary").addEventListener("click", () => {
    if (innerWidth > 800) localStorage.setItem("qis-tree", tree.open ? "closed" : "open");
  });
}

/** What was begun here and takes longer: how far it is, until it has ended and the page shows what is there now. */
function followTask() {
  const place = document.querySelector("[data-under-way]");
  if (!place) return;
  place.querySelector("[data-plain]").hidden = true;
  const look = async () => {
    const answer = await fetch(location.href).catch(() => undefined);
    if (answer?.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-under-way] .progress");
      if (!now) return location.reload();
      place.querySelector(".progress").replaceWith(now);
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
}

function countSelected() {
  const place = form.querySelector("[data-count]");
  const tell = () => {
    const count = form.querySelectorAll(".tile > :checked").length;
    place.textContent = count === 1 ? "1 selected" : `${count} selected`;
  };
  form.addEventListener("change", tell);
  form.addEventListener("reset", () => setTimeout(tell));
  tell();
}

/** Shift selects everything from the last one ticked. */
function selectRanges() {
  let last;
  form.addEventListener("click", (event) => {
    if (!event.target.matches(".tile > input")) return;
    const all = tiles().map((tile) => tile.querySelector("input"));
    if (event.shiftKey && last) {
      const [from, to] = [all.indexOf(last), all.indexOf(event.target)].sort((a, b) => a - b);
      for (const box of all.slice(from, to + 1)) box.checked = event.target.checked;
      form.dispatchEvent(new Event("change"));
    }
    last = event.target;
  });
}

/** Arrows go from picture to picture, Space looks at one, x ticks it, Escape lets go. */
function moveByKeys() {
  const here = () => document.activeElement?.closest?.(".tile");
  const go = (steps) => {
    const all = tiles();
    const at = all.indexOf(here());
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + steps))];
    next?.querySelector("a").focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const columns = () => {
    const all = tiles();
    const top = all[0].getBoundingClientRect().top;
    return Math.max(1, all.findIndex((tile) => tile.getBoundingClientRect().top > top + 4));
  };
  onKey("ArrowRight", "Next picture", () => go(1));
  onKey("ArrowLeft", "Previous picture", () => go(-1));
  onKey("ArrowDown", "Picture below", () => go(columns()));
  onKey("ArrowUp", "Picture above", () => go(-columns()));
  onKey(" ", "Look at the picture", () => (here() ? preview(here()) : false));
  onKey("x", "Select it, or not", () => here()?.querySelector("input").click());
  onKey("a", "Select all that are shown", () => {
    for (const tile of tiles()) tile.querySelector("input").checked = true;
    form.dispatchEvent(new Event("change"));
  });
  onKey("Escape", "Let go of the selection", () => form.reset());
}

/** A picture, large, until a key or a click. */
function preview(tile) {
  const dialog = document.createElement("dialog");
  dialog.className = "preview";
  dialog.setAttribute("aria-label", "Preview");
  const picture = document.createElement("img");
  const shown = tile.querySelector("img");
  picture.alt = shown.alt;
  const size = Math.min(2400, Math.round(Math.max(innerWidth, innerHeight) * devicePixelRatio));
  picture.src = shown.src.replace(/width=\d+&height=\d+/, `width=${size}&height=${size}`);
  dialog.append(picture);
  // Wherever the focus is: any key or click closes it.
  const close = (event) => {
    event.preventDefault();
    event.stopPropagation();
    removeEventListener("keydown", close, true);
    dialog.close();
    dialog.remove();
    tile.querySelector("a").focus();
  };
  dialog.addEventListener("click", close);
  addEventListener("keydown", close, true);
  document.body.append(dialog);
  dialog.showModal();
}

/** The next pictures come as one scrolls towards the end; the link stays for everybody else. */
function loadMore() {
  const place = document.querySelector("[data-more]");
  const watch = new IntersectionObserver(async ([entry]) => {
    const link = place.querySelector("[rel=next]");
    if (!entry.isIntersecting || !link) return;
    watch.disconnect();
    const answer = await fetch(link.href).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("[data-tiles]").append(...page.querySelectorAll("[data-tiles] > .tile"));
    const next = page.querySelector("[data-more] [rel=next]");
    if (!next) return place.replaceChildren();
    link.href = next.href;
    watch.observe(place);
  }, { rootMargin: "1200px" });
  watch.observe(place);
}
