// What the server's library tells: a picture's facts, and the pictures of a folder.
import { type Picture, parsePicture } from "./pictures.js";

/** What is recorded of a picture; `width` and `height` are 0 where nobody knows. */
export interface Details {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly download: boolean;
}

/** The server's own refusal, with its status. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const PAGE = 1000;
const known = new Map<string, Promise<Details>>();

/** The details of a picture, asked for once. Rejects with the server's words. */
export function details(picture: Picture): Promise<Details> {
  const url = `${picture.server}/api/v1/details/?src=${encodeURIComponent(picture.src)}`;
  let found = known.get(url);
  if (!found) {
    found = read(url) as Promise<Details>;
    // What failed may go well the next time.
    found.catch(() => known.delete(url));
    known.set(url, found);
  }
  return found;
}

/** Some of a folder's pictures in the order of their names; `next` is where to go on, -1 at the end. */
export async function folder(server: string, path: string, start = 0): Promise<{ pictures: Picture[]; next: number }> {
  const query = new URLSearchParams({ path: path || "/", start: String(start), limit: String(PAGE) });
  const files = (await read(`${server}/api/v1/list/?${query}`)) as { supported: boolean; url: string }[];
  // The server may know itself by another name than we do: only the path in its URLs counts.
  const pictures = files.filter((file) => file.supported).map((file) => ({ ...parsePicture(file.url, server), server }));
  return { pictures, next: files.length < PAGE ? -1 : start + PAGE };
}

/** Why a server gives no rendering; undefined where it does by now. Rejects where nobody can be asked. */
export async function refusal(url: string): Promise<Refused | undefined> {
  const response = await fetch(url, { credentials: sameOrigin(url) ? "same-origin" : "omit" });
  if (response.ok) return undefined;
  const text = (await response.text()).trim();
  return new Refused(response.status, text.length < 300 ? text : `The server answered ${response.status}`);
}

async function read(url: string): Promise<unknown> {
  const response = await fetch(url, { credentials: sameOrigin(url) ? "same-origin" : "omit" });
  const answer = (await response.json()) as { message?: string; data?: unknown };
  if (!response.ok) throw new Refused(response.status, answer.message || `The server answered ${response.status}`);
  return answer.data;
}

function sameOrigin(url: string): boolean {
  return new URL(url, document.baseURI).origin === location.origin;
}
