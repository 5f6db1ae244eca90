import assert from "node:assert/strict";
import { test } from "node:test";
import { SIDES, WHOLE, boxOf, moved, optionsOfBox, optionsOfShape, shaped } from "../src/publish/boxes.js";

const HANDLES = ["n", "ne", "e", "se", "s", "sw", "w", "nw", "move"];
const near = (one, other) => SIDES.every((side) => Math.abs(one[side] - other[side]) < 1e-9);
const middle = { left: 0.25, top: 0.25, right: 0.75, bottom: 0.75 };

/** How the server cuts a length: at the next whole pixel. */
const cut = (texts, from, to, length) => Math.ceil(length * Number(texts[to] || 1)) - Math.ceil(length * Number(texts[from] || 0));

test("a free box follows the handle, within the picture", () => {
  assert.ok(near(moved("w", middle, 0.1, 0.5), { ...middle, left: 0.35 }));
  assert.ok(near(moved("se", middle, 9, -0.1), { ...middle, right: 1, bottom: 0.65 }));
  assert.ok(near(moved("move", middle, -9, 0.1), { left: 0, top: 0.35, right: 0.5, bottom: 0.85 }));
});

test("a box in a shape keeps it whatever is pulled, and stays in the picture", () => {
  for (const handle of HANDLES) {
    for (const shape of [0.4, 1, 2.5]) {
      const from = shaped(middle, shape);
      for (const [across, down] of [[0.1, 0.02], [-0.1, 0.2], [5, 5], [-5, -5], [5, -5], [0, 0.3]]) {
        const box = moved(handle, from, across, down, shape);
        assert.ok(Math.abs((box.right - box.left) / (box.bottom - box.top) - shape) < 1e-6, `${handle} ${across} ${down}`);
        assert.ok(SIDES.every((side) => box[side] > -1e-9 && box[side] < 1 + 1e-9), `${handle} ${across} ${down}`);
      }
    }
  }
});

test("what lies opposite to the handle stays where it is", () => {
  const box = moved("nw", middle, -0.1, -0.05, 1);
  assert.ok(near(box, { ...middle, left: 0.15, top: 0.15 }));
  const wider = moved("e", middle, 0.1, 0, 1);
  assert.ok(near(wider, { left: 0.25, top: 0.2, right: 0.85, bottom: 0.8 }));
});

test("a shape is laid around the focal point as far as there is room", () => {
  assert.ok(near(shaped(WHOLE, 0.5, { x: 0.3, y: 0.9 }), { left: 0.05, top: 0, right: 0.55, bottom: 1 }));
  assert.ok(near(shaped(WHOLE, 0.5, { x: 0.9, y: 0.5 }), { left: 0.5, top: 0, right: 1, bottom: 1 }));
});

test("a square is square to the pixel on the server", () => {
  for (const [width, height] of [[1200, 800], [1201, 799], [333, 5000], [10007, 6001]]) {
    for (const place of [0, 0.123456, 0.5]) {
      const box = moved("move", shaped({ left: 0.05, top: 0.05, right: 0.9, bottom: 0.9 }, height / width), place, place);
      const texts = optionsOfShape(box, 1, { width, height });
      assert.equal(cut(texts, "left", "right", width), cut(texts, "top", "bottom", height));
    }
  }
  assert.deepEqual(optionsOfShape(WHOLE, 1.5, { width: 1200, height: 800 }), { left: "", top: "", right: "", bottom: "" });
});

test("a box comes back from the URL that it went into", () => {
  const texts = optionsOfBox(middle);
  assert.deepEqual(texts, { left: "0.25", top: "0.25", right: "0.75", bottom: "0.75" });
  assert.deepEqual(boxOf(new Map(Object.entries(texts))), middle);
  assert.deepEqual(boxOf(new Map([["right", "0"], ["left", "no"]])), WHOLE);
});
