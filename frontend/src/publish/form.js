// The generated controls: what is moved there stands in the URL at once, and what is typed in the URL stands in them.
import { optionsOf, withOption } from "../urls.js";

const form = document.querySelector("[data-options]");
const controls = [...document.querySelectorAll("[data-control]")].filter((control) => field(control)?.form === form);

/** The element whose value counts. */
function field(control) {
  return control.querySelector("[name]:not([type=hidden])");
}

/** Calls `change(name, value)` whenever a control is moved; value "" where it says nothing. */
export function onOption(change) {
  for (const control of controls) {
    const input = field(control);
    const tell = () => {
      mirror(control);
      change(control.dataset.control, valueOf(input));
    };
    input.addEventListener("input", tell);
    for (const helper of control.querySelectorAll("[data-slides], [data-picks]")) {
      helper.hidden = false;
      helper.addEventListener("input", () => {
        input.value = helper.value;
        tell();
      });
    }
    const compass = control.querySelector("[data-compass]");
    if (!compass) continue;
    compass.hidden = false;
    compass.addEventListener("click", (event) => {
      const place = event.target.closest("[data-place]")?.dataset.place;
      if (!place) return;
      input.value = input.value === place ? "" : place;
      tell();
    });
  }
}

/** A tick that is as it was without the URL says nothing. */
function valueOf(input) {
  if (input.type !== "checkbox") return input.value.trim();
  const base = input.dataset.base === "1";
  return input.checked === base ? "" : input.checked ? "1" : "0";
}

/** Shows the options of a URL in the controls; one that somebody is typing in is left alone. */
export function fill(path) {
  const options = optionsOf(path);
  for (const control of controls) {
    const input = field(control);
    const value = options.get(control.dataset.control) ?? "";
    if (input.type === "checkbox") input.checked = /^(1|t|y|true|yes)$/i.test(value || input.dataset.base);
    else if (input !== document.activeElement) input.value = value;
    mirror(control);
  }
  for (const group of form.querySelectorAll("[data-group]")) {
    const badge = group.querySelector("[data-used]");
    const used = group.querySelectorAll(".option.set").length;
    badge.hidden = !used;
    badge.textContent = `${used} set`;
  }
}

/** Brings slider, colour and compass to what the field says. */
function mirror(control) {
  const input = field(control);
  const value = valueOf(input);
  control.classList.toggle("set", value !== "");
  const slider = control.querySelector("[data-slides]");
  if (slider && slider !== document.activeElement) slider.value = value || input.placeholder || slider.min;
  const picker = control.querySelector("[data-picks]");
  if (picker && /^#[0-9a-f]{6}$/i.test(value || input.placeholder)) picker.value = value || input.placeholder;
  for (const button of control.querySelectorAll("[data-place]")) button.ariaPressed = String(button.dataset.place === value);
}

/** Whether a template holds an option so that it cannot be changed; also where there is no such option. */
export function isLocked(name) {
  const control = controls.find((each) => each.dataset.control === name);
  return !control || field(control).disabled;
}

/** Shows a sentence beside the option that it is about; "" takes all away. */
export function explain(sentence) {
  for (const place of document.querySelectorAll("[data-wrong]")) {
    const about = sentence.startsWith(`${place.dataset.wrong}:`);
    const control = place.closest("[data-control]");
    if (field(control).form !== form) continue;
    place.hidden = !about;
    place.textContent = about ? sentence : "";
    field(control).ariaInvalid = about ? "true" : null;
    if (about) control.closest("details").open = true;
  }
}

/** Another template means other values and locks, which the server knows: the page comes anew. */
export function onTemplate(pathOf) {
  document.querySelector("[data-template]").addEventListener("change", (event) => {
    const path = withOption(pathOf(), "tmp", event.target.value);
    location.assign(`/publish/${path.slice(path.indexOf("?"))}`);
  });
  document.querySelector("[data-apply]").hidden = true;
  form.addEventListener("submit", (event) => event.preventDefault());
}
