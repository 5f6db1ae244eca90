// Tries the calls of the API: what was filled in is sent, and the answer shown.

const page = document.querySelector("[data-csrf]");
const token = page.querySelector("[data-token]");

for (const form of page.querySelectorAll("[data-call]")) {
  form.querySelector("button").disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tryOut(form);
  });
}
openNamed();
addEventListener("hashchange", openNamed);

/** Opens the call that the address names. */
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}

async function tryOut(form) {
  const place = form.parentElement.querySelector("[data-answer]");
  const button = form.querySelector("button");
  let call;
  try {
    call = callOf(form);
  } catch (error) {
    show(place, error.message, "", "");
    return;
  }
  button.disabled = true;
  const began = performance.now();
  try {
    const answer = await fetch(call.url, call.request);
    const type = answer.headers.get("Content-Type") ?? "";
    const words = `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - began)} ms, ${type.split(";")[0]}`;
    const picture = type.startsWith("image/") ? URL.createObjectURL(await answer.blob()) : "";
    show(place, words, picture ? "" : pretty(await answer.text()), curl(call), picture);
  } catch (error) {
    show(place, `No answer came: ${error.message}`, "", curl(call));
  } finally {
    button.disabled = false;
  }
}

/** The request that a form describes. Throws an Error for a field that is no JSON. */
function callOf(form) {
  const { method, path } = form.dataset;
  const query = new URLSearchParams();
  const body = {};
  const files = [];
  let filled = path;
  for (const field of form.elements) {
    const { place, kind } = field.dataset;
    if (!place || (kind !== "file" && field.value === "")) continue;
    if (place === "path") filled = filled.replace(`{${field.name}}`, encodeURIComponent(field.value));
    else if (place === "query") query.set(field.name, field.value);
    else if (kind === "file") for (const file of field.files) files.push([field.name, file]);
    else body[field.name] = valueOf(field);
  }
  const headers = { Accept: "application/json, image/*" };
  if (token.value) headers.Authorization = `Bearer ${token.value}`;
  else if (page.dataset.csrf && method !== "GET") headers["X-CSRF-Token"] = page.dataset.csrf;
  const request = { method, headers, credentials: token.value ? "omit" : "same-origin", redirect: "manual" };
  if (form.querySelector("[data-kind=file]")) {
    request.body = new FormData();
    for (const [name, value] of Object.entries(body)) request.body.append(name, value);
    for (const [name, file] of files) request.body.append(name, file);
  } else if (method === "POST" || method === "PUT") {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  const tail = query.toString();
  return { url: new URL(filled + (tail && `?${tail}`), location.origin).href, request };
}

/** What a field of the body means: a text, or the JSON value of its kind. */
function valueOf(field) {
  if (field.dataset.kind === "string") return field.value;
  try {
    return JSON.parse(field.value);
  } catch {
    if (field.dataset.kind === "object" || field.dataset.kind === "array") {
      throw new Error(`${field.name} is no JSON: ${field.value}`);
    }
    // Let the server say what is wrong with it.
    return field.value;
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function curl({ url, request }) {
  const words = ["curl"];
  if (request.method !== "GET") words.push("-X", request.method);
  if (token.value) words.push("-H", quoted("Authorization: Bearer $TOKEN", '"'));
  if (typeof request.body === "string") {
    words.push("-H", quoted("Content-Type: application/json"), "-d", quoted(request.body));
  } else if (request.body) {
    for (const [name, value] of request.body) words.push("-F", quoted(`${name}=${value.name ? `@${value.name}` : value}`));
  }
  return [...words, quoted(url)].join(" ");
}

function quoted(text, mark = "'") {
  return mark === "'" ? `'${text.replaceAll("'", "'\\''")}'` : mark + text + mark;
}

function show(place, words, body, command, picture = "") {
  place.hidden = false;
  place.querySelector("[data-status]").textContent = words;
  place.querySelector("[data-body]").textContent = body;
  place.querySelector("[data-body]").hidden = !body;
  place.querySelector("[data-curl]").textContent = command;
  const image = place.querySelector("[data-picture]");
  if (image.src) URL.revokeObjectURL(image.src);
  image.hidden = !picture;
  if (picture) image.src = picture;
  else image.removeAttribute("src");
}
