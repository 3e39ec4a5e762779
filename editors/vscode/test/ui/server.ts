// The server under test: a command in a folder of its own, whose words on standard error are kept, and logs without an error.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { PLACES } from "./workbench.ts";

/** Puts `codetriever-lsp` into `folder`; all that its processes write on their standard error goes to `errors`. */
export function putServer(folder: string, errors: string): string {
  const command = path.join(folder, "codetriever-lsp");
  mkdirSync(folder, { recursive: true });
  writeFileSync(errors, "");
  writeFileSync(command, `#!/bin/sh\nexec '${PLACES.server}' "$@" 2>>'${errors}'\n`, { mode: 0o755 });
  return command;
}

/** Ends the engine, so that its log is complete, and reads that log and what the servers wrote on standard error. */
export function assertQuiet(cache: string, errors: string): void {
  // Its exit code only says whether an engine was still there.
  spawnSync(PLACES.server, ["stop"], { env: { ...process.env, CODETRIEVER_CACHE_DIR: cache }, stdio: "pipe" });
  const logs = existsSync(cache) ? readdirSync(cache).filter((name) => name.endsWith(".log")) : [];
  const engine = logs.map((name) => readFileSync(path.join(cache, name), "utf8")).join("\n");
  assert.match(engine, / INFO .*listens at/);
  for (const text of [engine, readFileSync(errors, "utf8")]) {
    assert.deepEqual(text.split("\n").filter((line) => /\b(ERROR|CRITICAL|Traceback|Exception)\b/.test(line)), []);
  }
}
