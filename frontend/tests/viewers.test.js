import assert from "node:assert/strict";
import { test } from "node:test";
import { viewers } from "./bundle.js";

globalThis.document = { baseURI: "https://page.example/dir/page.html" };
const { levelFor, pyramid, tileBox, tileOption, tilesIn } = await viewers("levels");
const { outputSize } = await viewers("geometry");
const { imageUrl, nameOf, parsePicture, setHome, usualWidth } = await viewers("pictures");
const { EASINGS, between, clamped, fitted, seen, zoomedAt } = await viewers("view");

test("each level is half of the next, in tiles of at most 512 pixels", () => {
  const levels = pyramid({ width: 6000, height: 4000 });
  assert.deepEqual(levels.map(({ width, columns }) => [width, columns]), [[375, 1], [750, 2], [1500, 4], [3000, 8], [6000, 16]]);
});

test("there are never more tiles than the page allows, nor than there are pixels", () => {
  assert.equal(pyramid({ width: 6000, height: 4000 }, 16).at(-1).columns, 4);
  assert.equal(pyramid({ width: 6000, height: 4000 }, 1).at(-1).columns, 1);
  assert.equal(pyramid({ width: 9000, height: 3 }).at(-1).columns, 2);
});

test("tiles cover a level without a gap, as the server cuts it", () => {
  for (const size of [{ width: 2401, height: 1603 }, { width: 999, height: 5000 }]) {
    for (const level of pyramid(size)) {
      const all = tilesIn(level, { x: 0, y: 0, width: 1, height: 1 });
      assert.equal(all.length, level.columns ** 2);
      assert.equal(all.map(tileBox).reduce((sum, box) => sum + box.width * box.height, 0), level.width * level.height);
    }
  }
});

test("tiles are counted from 1, row by row", () => {
  const level = pyramid({ width: 2048, height: 2048 }).at(-1);
  assert.equal(tileOption({ level, column: 0, row: 0 }), "1:16");
  assert.equal(tileOption({ level, column: 3, row: 3 }), "16:16");
  assert.equal(tileOption({ level: pyramid({ width: 100, height: 100 })[0], column: 0, row: 0 }), "");
});

test("the tiles nearest to the middle come first; none beyond the picture", () => {
  const level = pyramid({ width: 4096, height: 4096 }).at(-1);
  const [first] = tilesIn(level, { x: 0.5, y: 0.5, width: 0.3, height: 0.3 });
  assert.deepEqual([first.column, first.row], [5, 5]);
  assert.deepEqual(tilesIn(level, { x: 1.2, y: 0, width: 1, height: 1 }), []);
});

test("a level is sharp enough, and no sharper than needed", () => {
  const levels = pyramid({ width: 4000, height: 3000 });
  assert.equal(levelFor(levels, 0.1).width, 500);
  assert.equal(levelFor(levels, 0.2).width, 1000);
  assert.equal(levelFor(levels, 0.5).width, 2000);
  assert.equal(levelFor(levels, 5).width, 4000);
});

test("a rotated and cropped picture has the size that the server says", () => {
  assert.deepEqual(outputSize({ width: 400, height: 300 }, { angle: "45" }), { width: 496, height: 496 });
  assert.deepEqual(outputSize({ width: 400, height: 300 }, { angle: "-90" }), { width: 300, height: 400 });
  assert.deepEqual(outputSize({ width: 800, height: 600 }, { left: "0.1", right: "0.3" }), { width: 160, height: 600 });
  assert.deepEqual(outputSize({ width: 800, height: 600 }, { left: "0.7", right: "0.3" }), { width: 800, height: 600 });
  assert.deepEqual(outputSize({ width: 800, height: 600 }, { left: "nan", right: "0" }), { width: 800, height: 600 });
});

test("an image URL is a picture of its server without its size", () => {
  const picture = parsePicture("https://images.example/qis/image?src=%2Fa%20b/c.jpg&amp;width=200&angle=90&angle=1");
  assert.deepEqual(picture, { server: "https://images.example/qis", src: "a b/c.jpg", options: { angle: "90" } });
  assert.equal(imageUrl(picture, { width: 5 }), "https://images.example/qis/image?src=a%20b/c.jpg&angle=90&width=5");
});

test("a path is a picture of the script's server, or of the one that is named", () => {
  setHome("https://images.example/static/js/qis-viewers.js?v=1");
  assert.equal(parsePicture("/a/b.jpg").server, "https://images.example");
  assert.equal(parsePicture("a/b.jpg", "//other.example/").server, "https://other.example");
});

test("a picture of somebody else stays what it is", () => {
  assert.deepEqual(parsePicture("https://else.example/a.jpg"), { server: "", src: "https://else.example/a.jpg", options: {} });
  assert.equal(imageUrl(parsePicture("//else.example/a.jpg?src=b"), { width: 1 }), "https://else.example/a.jpg?src=b");
});

test("a file name reads as words", () => {
  assert.equal(nameOf("a/b/red_shoe-2.final.jpg"), "red shoe 2.final");
  assert.equal(nameOf("100%.jpg"), "100%");
});

test("few different sizes are asked for", () => {
  assert.equal(usualWidth(321), 480);
  assert.equal(usualWidth(99999), 3840);
});

const picture = { width: 4000, height: 2000 };
const stage = { width: 800, height: 600 };

test("the whole picture fits, and is never enlarged", () => {
  assert.deepEqual(fitted(picture, stage), { x: 2000, y: 1000, scale: 0.2 });
  assert.equal(fitted({ width: 10, height: 10 }, stage).scale, 1);
});

test("zooming keeps what is below the pointer", () => {
  const before = fitted(picture, stage);
  const point = { x: 100, y: 200 };
  const after = zoomedAt(before, point, 1, stage);
  const at = (view) => [view.x + (point.x - 400) / view.scale, view.y + (point.y - 300) / view.scale];
  assert.deepEqual(at(after).map(Math.round), at(before).map(Math.round));
});

test("one cannot look beyond the picture's edge", () => {
  assert.deepEqual(clamped({ x: -500, y: 9000, scale: 1 }, picture, stage), { x: 400, y: 1700, scale: 1 });
  assert.equal(clamped({ x: 0, y: 0, scale: 0.01 }, picture, stage).scale, 0.2);
  assert.equal(clamped({ x: 0, y: 0, scale: 99 }, picture, stage).scale, 2);
});

test("what is seen is told in fractions", () => {
  assert.deepEqual(seen({ x: 2000, y: 1000, scale: 1 }, picture, stage), { x: 0.4, y: 0.35, width: 0.2, height: 0.3 });
});

test("a flight begins and ends where it should, around one point", () => {
  const from = fitted(picture, stage);
  const to = zoomedAt(from, { x: 700, y: 100 }, 1, stage);
  assert.deepEqual(between(from, to, 0), from);
  assert.ok(Math.abs(between(from, to, 1).x - to.x) < 1e-6);
  const half = between(from, to, 0.5);
  const expected = zoomedAt(from, { x: 700, y: 100 }, half.scale, stage);
  assert.ok(Math.abs(half.x - expected.x) < 1e-6);
});

test("every way to move begins at the start and ends at the end", () => {
  assert.equal(Object.keys(EASINGS).length, 7);
  for (const ease of Object.values(EASINGS)) {
    assert.ok(Math.abs(ease(0)) < 1e-9);
    assert.ok(Math.abs(ease(1) - 1) < 1e-9);
  }
});

test("what a list signed keeps its signature, and takes only what that leaves open", async () => {
  const files = ["free/a.jpg", "signed/b.jpg&expires=9&sig=now.sizes.x"].map((src) => ({ supported: true, url: `https://images.example/image?src=${src}` }));
  globalThis.location = { origin: "https://page.example" };
  globalThis.fetch = async () => ({ ok: true, json: async () => ({ data: files }) });
  const { Items } = await viewers("items");
  const found = await new Items("https://images.example", "any", { flip: "h", width: "50" }).more();
  assert.deepEqual(found.map(({ picture }) => picture.options), [{ flip: "h", width: "50" }, { width: "50", expires: "9", sig: "now.sizes.x" }]);
});
