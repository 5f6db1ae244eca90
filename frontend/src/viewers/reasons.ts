// Why something cannot be shown, in a sentence, and what one can do about it.
import { make } from "./dom.js";
import { Refused } from "./library.js";

const REASONS: Readonly<Record<number, readonly [one: string, many: string]>> = {
  400: ["the server does not know what to make of it", "the server does not know what to make of it"],
  401: ["it is open only to people who log in", "they are open only to people who log in"],
  403: ["it is not open to you", "they are not open to you"],
  404: ["it is not there", "there is no such folder"],
  413: ["it is larger than the server can do", "they are more than the server can do"],
  415: ["the file is no picture that the server can read", "the server cannot read them"],
  429: ["the server is busy. Try again in a moment", "the server is busy. Try again in a moment"],
  503: ["the server is busy. Try again in a moment", "the server is busy. Try again in a moment"],
};

/** The sentence on one picture, or on a list of them; `error` is a Refused, what a failed fetch throws, or undefined. */
export function sentence(error: unknown, isList = false): string {
  const begin = isList ? "The pictures cannot be listed" : "This picture cannot be shown";
  if (!error) return `${begin}: it is not open to you, or the server is busy.`;
  if (!(error instanceof Refused)) return `${begin}: the server cannot be reached.`;
  const known = REASONS[error.status];
  return `${begin}: ${known ? known[isList ? 1 : 0] : error.message}.`;
}

/** What stands under the sentence: a way to log in where `server` is the page's own, and one to try again. */
export function waysOn(error: unknown, server: string, again: () => void): HTMLElement[] {
  const retry = make("button", { type: "button", part: "button", onclick: again }, "Try again");
  const isOurs = error instanceof Refused && (error.status === 401 || error.status === 403) && server === location.origin;
  if (!isOurs) return [retry];
  const next = encodeURIComponent(location.pathname + location.search);
  return [make("a", { href: `${server}/login/?next=${next}`, part: "link" }, "Log in"), retry];
}
