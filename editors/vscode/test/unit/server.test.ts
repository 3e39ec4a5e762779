import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { after, test } from "node:test";
import { Backoff } from "../../src/server/backoff.ts";
import { candidates, expandHome } from "../../src/server/candidates.ts";
import { find } from "../../src/server/find.ts";
import { judge, versionIn } from "../../src/server/version.ts";

const folder = mkdtempSync(path.join(tmpdir(), "codetriever-unit-"));
after(() => { rmSync(folder, { recursive: true, force: true }); });

function program(name: string, body: string): string {
  const file = path.join(folder, name, "codetriever-lsp");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return path.dirname(file);
}

const nowhere = { setting: "", python: undefined, path: "", own: undefined, untrusted: [], windows: false };

test("back-off doubles, ends, and starts anew after a healthy life", () => {
  let now = 1;
  const backoff = new Backoff({ first: 100, longest: 350, healthyAfter: 1_000, most: 4 }, () => now);
  const lives = (ms: number): number | undefined => {
    backoff.started();
    now += ms;
    return backoff.died();
  };
  assert.deepEqual([lives(1), lives(1), lives(1)], [100, 200, 350]);
  assert.equal(lives(1_000), 100);
  assert.deepEqual([lives(1), lives(1), lives(1), lives(1)], [200, 350, 350, undefined]);
  backoff.reset();
  assert.equal(backoff.died(), 100);
});

test("versions", () => {
  assert.equal(versionIn("codetriever-lsp 0.1.0\n"), "0.1.0");
  assert.equal(versionIn("warning: x\ncodetriever-lsp 1.2.3rc1\n"), "1.2.3rc1");
  assert.equal(versionIn("other 0.1.0"), undefined);
  assert.deepEqual(["0.1.0", "0.1.9", "0.0.9", "0.2.0", "1.0.0"].map((found) => judge(found, "0.1.0")), ["fits", "fits", "too old", "too new", "too new"]);
  assert.deepEqual(["1.4.0", "1.9.2", "1.3.9", "2.0.0"].map((found) => judge(found, "1.4.0")), ["fits", "fits", "too old", "too new"]);
});

test("the order: setting alone; else Python environment, PATH, own environment", async () => {
  const [python, first, second] = [program("env/bin", ""), program("first", ""), program("second", "")];
  const own = path.dirname(program("own/bin", ""));
  const around = { ...nowhere, python: path.join(python, "python"), path: `${first}:relative:${second}:${first}`, own };
  assert.deepEqual((await candidates(around)).map(({ origin, command }) => [origin, path.dirname(command)]), [
    ["selected Python environment", python], ["PATH", first], ["PATH", second], ["own environment", path.join(own, "bin")],
  ]);
  assert.deepEqual(await candidates({ ...around, setting: "/set/codetriever-lsp" }), [{ origin: "setting", command: "/set/codetriever-lsp" }]);
});

test("nothing below a workspace that is not trusted is taken from PATH", async () => {
  const hostile = program("hostile/project/bin", "");
  const around = { ...nowhere, path: hostile };
  assert.equal((await candidates(around)).length, 1);
  assert.equal((await candidates({ ...around, untrusted: [path.join(folder, "hostile", "project")] })).length, 0);
  assert.equal((await candidates({ ...around, untrusted: [path.join(folder, "hostile", "pro")] })).length, 1);
});

test("a broken or old server is passed over for one that works", async () => {
  const parts = [program("broken", "exit 3"), program("old", 'echo "codetriever-lsp 0.0.1"'), program("good", 'echo "codetriever-lsp 0.1.7"')];
  const found = await find({ ...nowhere, path: parts.join(":") }, "0.1.0", folder, process.env);
  assert.deepEqual(found.kind === "found" && [found.version, path.basename(path.dirname(found.candidate.command)), found.warning], ["0.1.7", "good", ""]);
});

test("what is wrong is said", async () => {
  const look = (folders: string[]) => find({ ...nowhere, path: folders.join(":") }, "0.1.0", folder, process.env);
  const none = await look([]);
  assert.equal(none.kind, "missing");
  const old = await look([program("worse", "echo no module >&2; exit 1"), program("older", 'echo "codetriever-lsp 0.0.2"')]);
  assert.ok(old.kind === "too old" && old.tried.length === 2 && old.tried.join().includes("no module"));
  const newer = await look([program("newer", 'echo "codetriever-lsp 0.2.0"')]);
  assert.match(newer.kind === "found" ? newer.warning : "", /newer than this extension/);
});

test("~ is the home folder", () => {
  assert.ok(path.isAbsolute(expandHome("~/bin/x")));
  assert.equal(expandHome("/a/~b"), "/a/~b");
});
