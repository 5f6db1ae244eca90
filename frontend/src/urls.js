// Image URLs as texts. They are never taken apart further than needed: what was typed stays as it was typed.

/** The path and query to ask for, of a whole URL, a path, or the options alone. */
export function imagePath(text) {
  const typed = text.trim().replace(/\s*\n\s*/g, "");
  const query = typed.includes("?") ? typed.slice(typed.indexOf("?") + 1) : typed;
  const path = typed.match(/^(?:https?:\/\/[^/]*)?(\/(?:image|original|erez\d?\/erez)\/?)(?:\?|$)/);
  return `${path ? path[1] : "/image"}?${query.split("#")[0]}`;
}

/** The address of the editor for an image URL, to be kept or shared. */
export function pagePath(path) {
  return `/publish/${path.slice(path.indexOf("?"))}`;
}

/** The URL with one option set to a value, where it stands or at the end. */
export function addOption(path, name, value) {
  const [base, query = ""] = path.split("?", 2);
  const added = `${name}=${encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%2F/g, "/")}`;
  const parts = query.split("&").filter(Boolean);
  const at = parts.findIndex((part) => part.split("=")[0] === name);
  if (at < 0) parts.push(added);
  else parts[at] = added;
  return `${base}?${parts.join("&")}`;
}

/** The URL for a look of the page's own, which is no use of the picture. A signature holds for what it was made for alone. */
export function uncounted(path) {
  return optionsOf(path).has("sig") ? path : path.replace("?", "?stats=0&");
}

/** An img element for the URL; `size` is "800 × 600" or "". */
export function htmlFor(url, size, source) {
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
  const [width, height] = (size ?? "").split(" × ");
  const box = height ? ` width="${width}" height="${height}"` : "";
  const name = source.split("/").pop().replace(/\.[^.]*$/, "");
  return `<img src="${escape(url)}"${box} alt="${escape(name)}">`;
}

/** The URL without one option. */
export function withoutOption(path, name) {
  const [base, query = ""] = path.split("?", 2);
  return `${base}?${query.split("&").filter((part) => part && part.split("=")[0] !== name).join("&")}`;
}

/** The URL with an option set, or without it where the value is "". */
export function withOption(path, name, value) {
  return value === "" ? withoutOption(path, name) : addOption(path, name, value);
}

/** The options of a URL by name; of a repeated one the first counts. */
export function optionsOf(path) {
  const found = new Map();
  for (const part of path.slice(path.indexOf("?") + 1).split("&")) {
    const [name, ...rest] = part.split("=");
    if (name && !found.has(name)) found.set(name, decoded(rest.join("=")));
  }
  return found;
}

function decoded(text) {
  const plain = text.replace(/\+/g, " ");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
