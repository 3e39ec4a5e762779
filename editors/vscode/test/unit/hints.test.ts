import assert from "node:assert/strict";
import { test } from "node:test";
import { filterHints, hints, typedFolder } from "../../src/search/hints.ts";

const VOCABULARY = { languages: { go: 3, python: 1200, gleam: 1 }, paths: ["src/", "src/my file.py", "setup.py"] };
const values = (line: string): string[] => hints(line, VOCABULARY).map((hint) => hint.value);

test("the name of a filter is completed from two letters on", () => {
  assert.deepEqual(values("retry la"), ["retry lang:"]);
  assert.deepEqual(values("retry l"), []);
  assert.deepEqual(values("language"), []);
});

test("languages come by their number of files, with it", () => {
  assert.deepEqual(hints("x lang:", VOCABULARY).map(({ label, description }) => `${label} ${description}`), ["lang:python 1,200 files", "lang:go 3 files", "lang:gleam 1 file"]);
  assert.deepEqual(values("x lang:g"), ["x lang:go ", "x lang:gleam "]);
});

test("after a comma the next value is completed", () => {
  assert.deepEqual(values("lang:go,p"), ["lang:go,python "]);
});

test("paths: a folder leaves room for more, a name with a space is quoted", () => {
  assert.deepEqual(values("path:s"), ["path:src/", 'path:"src/my file.py" ', "path:setup.py "]);
  assert.deepEqual(values("path:!se"), ["path:setup.py "]);
});

test("nothing after a space, and nothing that is complete", () => {
  assert.deepEqual(values("lang:go "), []);
  assert.deepEqual(values("lang:go"), []);
});

test("kinds and modes", () => {
  assert.deepEqual(values("kind:enum"), ["kind:enumMember "]);
  assert.deepEqual(values("mode:"), ["mode:hybrid ", "mode:lexical ", "mode:semantic "]);
});

test("the folder that is typed", () => {
  assert.equal(typedFolder("retry path:src/se"), "src/");
  assert.equal(typedFolder("retry path:se"), "");
  assert.equal(typedFolder("-path:src/"), "src/");
  assert.equal(typedFolder("path:src/**"), undefined);
  assert.equal(typedFolder("path:src/ x"), undefined);
});

test("an empty line offers all filters", () => {
  assert.deepEqual(filterHints("").map((hint) => hint.value), ["lang:", "path:", "kind:", "mode:"]);
});
