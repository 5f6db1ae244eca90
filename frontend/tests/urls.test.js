import assert from "node:assert/strict";
import { test } from "node:test";
import { addOption, htmlFor, imagePath, pagePath } from "../src/urls.js";

test("a whole URL, a path or the options alone ask for the same", () => {
  const wanted = "/image?src=a/b.jpg&width=3";
  for (const typed of [wanted, `https://elsewhere.example${wanted}`, "src=a/b.jpg&width=3", ` ${wanted}\n`, `${wanted}#top`]) {
    assert.equal(imagePath(typed), wanted);
  }
});

test("old addresses and originals stay what they are", () => {
  assert.equal(imagePath("/erez4/erez?src=a.jpg"), "/erez4/erez?src=a.jpg");
  assert.equal(imagePath("/original?src=a.jpg"), "/original?src=a.jpg");
});

test("nothing but image URLs is ever asked for", () => {
  assert.equal(imagePath("/api/v1/token?x=1"), "/image?x=1");
  assert.equal(imagePath("javascript:alert(1)"), "/image?javascript:alert(1)");
  assert.equal(imagePath("//elsewhere.example/image?src=a"), "/image?src=a");
});

test("a line that was broken in a mail is mended, blanks in names stay", () => {
  assert.equal(imagePath("/image?src=a b.jpg\n  &width=3"), "/image?src=a b.jpg&width=3");
});

test("an option is changed where it stands, or added at the end", () => {
  assert.equal(addOption("/image?src=a&width=3&fill=red", "width", "9"), "/image?src=a&width=9&fill=red");
  assert.equal(addOption("/image?src=a", "fill", "#f00"), "/image?src=a&fill=%23f00");
  assert.equal(addOption("/image?src=a", "tile", "1:4"), "/image?src=a&tile=1:4");
});

test("the editor's address keeps the options", () => {
  assert.equal(pagePath("/image?src=a&width=3"), "/publish/?src=a&width=3");
});

test("HTML is escaped and has the size where it is known", () => {
  assert.equal(
    htmlFor('http://h/image?src=a"b&width=3', "30 × 20", 'shoes/a"b.jpg'),
    '<img src="http://h/image?src=a&quot;b&amp;width=3" width="30" height="20" alt="a&quot;b">',
  );
  assert.equal(htmlFor("http://h/image?src=a", "", "a.b.png"), '<img src="http://h/image?src=a" alt="a.b">');
});
