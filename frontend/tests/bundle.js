// TypeScript for node: a module of the viewers, bundled on the fly.
import { build } from "esbuild";

/** Imports `src/viewers/<name>.ts`. */
export async function viewers(name) {
  const entry = new URL(`../src/viewers/${name}.ts`, import.meta.url).pathname;
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString("base64")}`);
}
