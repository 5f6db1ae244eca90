// Takes pictures of a running server: `node screenshots.mjs http://127.0.0.1:6900 out/`.
// Talks to Chromium over its debugging pipe, so that nothing has to be installed for it.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [base, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node screenshots.mjs <server's URL> <folder>");
  process.exit(2);
}

const WIDTHS = { phone: 390, desktop: 1440 };
const PAGES = {
  start: "/",
  library: "/list/",
  folder: "/list/?path=landscapes",
  list: "/list/?path=landscapes&view=list&sort=largest",
  search: "/search/?q=red",
  picture: "/details/?src=landscapes/aurora.jpg",
  publish: "/publish/?src=shoes/red.jpg&width=800&height=600&fill=auto",
  "publish-crop": "/publish/?src=shoes/red.jpg&width=800&left=0.2&top=0.1&right=0.9&bottom=0.8#crop",
  "publish-compare": "/publish/?src=shoes/red.jpg&width=800#compare",
  error: "/publish/?src=shoes/red.jpg&width=wide",
  missing: "/nowhere",
  login: "/login/",
  help: "/help/",
  zoom: "/help/viewers/zoom/",
  gallery: "/help/viewers/gallery/",
  slideshow: "/help/viewers/slideshow/",
};

const profile = await mkdtemp(join(tmpdir(), "qis-screenshots-"));
const chromium = spawn(
  process.env.CHROMIUM ?? "chromium",
  ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars", "--force-color-profile=srgb",
    "--no-first-run", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
);
const answers = new Map();
let number = 0;
let rest = "";
chromium.stdio[4].on("data", (data) => {
  const texts = (rest + data).split("\0");
  rest = texts.pop();
  for (const text of texts) {
    const message = JSON.parse(text);
    answers.get(message.id)?.(message);
    answers.delete(message.id);
  }
});

/** Sends a command of the DevTools protocol and gives its result. */
function send(method, params = {}, sessionId = undefined) {
  const id = ++number;
  chromium.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve, reject) => {
    answers.set(id, (message) => (message.error ? reject(new Error(`${method}: ${message.error.message}`)) : resolve(message.result)));
  });
}

/** True when all pictures in view are there and nothing is under way. */
const READY = `document.readyState === "complete" && !document.querySelector(".busy")
  && [...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight)`;

try {
  await mkdir(folder, { recursive: true });
  const { targetInfos } = await send("Target.getTargets");
  const page = targetInfos.find((target) => target.type === "page");
  const { sessionId } = await send("Target.attachToTarget", { targetId: page.targetId, flatten: true });
  await send("Page.enable", {}, sessionId);
  for (const scheme of ["light", "dark"]) {
    await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] }, sessionId);
    for (const [device, width] of Object.entries(WIDTHS)) {
      const height = device === "phone" ? 844 : 900;
      const metrics = { width, height, deviceScaleFactor: device === "phone" ? 2 : 1, mobile: device === "phone" };
      await send("Emulation.setDeviceMetricsOverride", metrics, sessionId);
      for (const [name, path] of Object.entries(PAGES)) {
        await send("Page.navigate", { url: base + path }, sessionId);
        for (let waits = 0; waits < 150; waits++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          const { result } = await send("Runtime.evaluate", { expression: READY }, sessionId);
          if (result.value && waits > 2) break;
        }
        const { data } = await send("Page.captureScreenshot", { format: "webp", quality: 82 }, sessionId);
        await writeFile(join(folder, `${name}-${device}-${scheme}.webp`), Buffer.from(data, "base64"));
      }
    }
  }
} finally {
  chromium.kill();
  await new Promise((resolve) => chromium.once("exit", resolve));
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
