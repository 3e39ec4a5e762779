import assert from "node:assert/strict";
import { test } from "node:test";
import { type Hit, KINDS } from "../../src/protocol.ts";
import { caveat, clean, cleanLines, codeLine, escapeIcons, iconOf, lineOf, nameOf, unmatched } from "../../src/search/describe.ts";

const at = (line: number, character = 0) => ({ line, character });
const hit = (snippet: string, symbol?: Hit["symbol"]): Hit => ({
  uri: "file:///p/my%20file.py", range: { start: at(10), end: at(14) }, language: "python", score: 0.5, snippet, ...(symbol ? { symbol } : {}),
});
const method = { name: "send", kind: 6, selectionRange: { start: at(12, 4), end: at(12, 8) } };

test("the line of code is the one with the name", () => {
  const found = hit("# Sends.\n@retry\n  def send(self):\n    pass", method);
  assert.equal(codeLine(found), "def send(self):");
  assert.equal(lineOf(found), 12);
  assert.equal(nameOf(found), "send");
  assert.equal(iconOf(found), "symbol-method");
});

test("a piece without its name shows its first line that says something", () => {
  const found = hit("\n  )\n  total += 1\n", { ...method, selectionRange: { start: at(2), end: at(2) } });
  assert.equal(codeLine(found), "total += 1");
  assert.equal(lineOf(found), 10);
});

test("without a symbol the file gives the name", () => {
  assert.equal(nameOf(hit("x = 1")), "my file.py");
  assert.equal(iconOf(hit("x = 1")), "symbol-file");
  assert.equal(iconOf(hit("x", { ...method, kind: 22 })), "symbol-enum-member");
  for (const [at, kind] of KINDS.entries()) {
    assert.equal(iconOf(hit("x", { ...method, kind: at + 1 })).replaceAll("-", ""), `symbol${kind.toLowerCase()}`);
  }
});

test("nothing hides or turns text around", () => {
  assert.equal(clean("a\u202Eb\u0000c\u200Bd\te\u{E0041}f"), "abcd ef");
  assert.equal(cleanLines("a\tb\u2066\r\nc\u001b[31m"), "a\tb\nc[31m");
});

test("code does not draw icons", () => {
  assert.equal(escapeIcons("x=$(flame) y"), "x=\\$(flame) y");
});

test("an incomplete answer says so", () => {
  const index = { state: "ready", generation: 1, files: 5, pending: 0 } as const;
  assert.equal(caveat(index), "");
  assert.equal(caveat({ ...index, state: "indexing", pending: 1200 }), "still indexing, 1,200 files to go");
  assert.equal(caveat({ ...index, state: "degraded", message: "no watches left" }), "no watches left");
  assert.equal(caveat({ ...index, state: "empty" }), "nothing is indexed yet");
});

test("a label is not seen by the matcher of VS Code, and reads the same", () => {
  for (const [label, typed] of [["retry", "retry"], ["doRetryNow", "Retry"], ["getWorkspaceSymbol", "gws"], ["aaaa", "aa"], ["x", "x"]] as const) {
    const made = unmatched(label, typed);
    assert.equal(made.replaceAll("\u2060", ""), label);
    if (typed.length > 1) assert.ok(!made.toLowerCase().includes(typed.toLowerCase()), made);
    // Camel case is matched only in words with more than 60 % letters.
    assert.ok(label.length / made.length <= 0.6);
  }
  assert.equal(unmatched("retry", "retry now"), "retry");
  assert.equal(unmatched("retry", ""), "retry");
});
