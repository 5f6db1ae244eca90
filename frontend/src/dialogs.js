// Dialogs and menus: opened and closed by what carries data-opens, data-closes and data-menu.

/** A menu closes on Escape, and by a click elsewhere. */
export function closeOnEscape() {
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
}

/** data-opens="id" opens a dialog, data-closes shuts the one it is in. */
export function openDialogs() {
  addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    event.target.closest?.("[data-closes]")?.closest("dialog")?.close();
  });
  for (const button of document.querySelectorAll("[data-opens]")) button.hidden = false;
}

/** A dialog made here, of a heading and contents; gone when it is closed. */
export function showDialog(heading, contents) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-label", heading);
  const head = document.createElement("header");
  const title = document.createElement("h2");
  title.textContent = heading;
  const close = document.createElement("button");
  close.className = "button quiet-button";
  close.type = "button";
  close.textContent = "Close";
  close.dataset.closes = "";
  head.append(title, close);
  const body = document.createElement("div");
  body.append(...contents);
  dialog.append(head, body);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
