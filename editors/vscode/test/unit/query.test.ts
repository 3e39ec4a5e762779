import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, tokens } from "../../src/search/query.ts";

test("plain words have no filters", () => {
  assert.deepEqual(parse("  where are   retries limited "), { text: "where are retries limited", filters: {}, problems: [] });
});

test("filters are taken out, in any order, each list once", () => {
  const query = parse("lang:go,Python retry path:src/** kind:Function loop lang:go kind:enummember mode:lexical");
  assert.equal(query.text, "retry loop");
  assert.deepEqual(query.filters, { languages: ["go", "python"], paths: ["src/**"], kinds: ["function", "enumMember"] });
  assert.equal(query.mode, "lexical");
});

test("paths: folders, spaces, braces, and leaving out", () => {
  const query = parse('path:src/ path:"my files/**" -path:**/test_* path:!x path:*.{ts,js}');
  assert.deepEqual(query.filters.paths, ["src/**", "my files/**", "!**/test_*", "!x", "*.{ts,js}"]);
});

test("short names of languages", () => {
  assert.deepEqual(parse("lang:ts,py,c++,c# x").filters.languages, ["typescript", "python", "cpp", "csharp"]);
});

test("what only looks like a filter is text", () => {
  for (const text of ["std::vector push", "error: no such file", "http://host/path", "lang::x"]) assert.equal(parse(text).text, text);
  assert.deepEqual(parse("constructor:x toString:y"), { text: "constructor:x toString:y", filters: {}, problems: [] });
});

test("quoted words stay words", () => {
  assert.deepEqual(parse('"lang:go is text"').filters, {});
  assert.deepEqual(tokens('a "b c" d:"e f" "open').map((token) => token.text), ["a", '"b c"', 'd:"e f"', '"open']);
});

test("a filter that is still empty is no filter", () => {
  assert.deepEqual(parse("lang: kind: retry"), { text: "retry", filters: {}, problems: [] });
});

test("what cannot be meant is said and not sent", () => {
  const query = parse("kind:klass mode:magic -lang:go retry");
  assert.deepEqual(query.filters, {});
  assert.equal(query.mode, undefined);
  assert.equal(query.problems.length, 3);
  assert.match(query.problems.join("\n"), /klass.*\n.*magic.*hybrid, lexical, semantic\n.*only paths/);
});
