// Bundles the viewers for other people's pages into the package: plain scripts, a module, and the old pages' files.
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const outdir = fileURLToPath(new URL("../../../qis_core/web/static/dist/viewers/", import.meta.url));
const common = { bundle: true, minify: true, target: ["es2022", "safari17.5"], outdir, logLevel: "warning" };

const old = (await readdir(`${here}compat`)).filter((name) => name !== "old_pages.ts");
await build({
  ...common,
  format: "iife",
  entryPoints: [{ in: `${here}qis-viewers.script.ts`, out: "qis-viewers" }, ...old.map((name) => ({ in: `${here}compat/${name}`, out: name.replace(/\.\w+$/, "") }))],
});
await build({ ...common, format: "esm", outExtension: { ".js": ".mjs" }, entryPoints: [{ in: `${here}qis-viewers.module.ts`, out: "qis-viewers" }] });
