// Runs the tests of test/host inside a real extension host and shows what they say.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { test } from "node:test";
import { assertQuiet, putServer } from "./server.ts";
import { PLACES, Workbench } from "./workbench.ts";

const TIDES = 'HARBOUR = "🌊 north"\r\n\r\ndef tide_height(gauge):\r\n    """Measure the tide at the harbour, in metres 🌊."""\r\n    metres = gauge.read() / 100\r\n    gauge.reset()\r\n    return metres\r\n';
const BOATS = "def moor(boat, rope):\n    return rope.tie(boat)\n\n\ndef cast_off(boat, rope):\n    return rope.untie(boat)\n\n\ndef count_boats(harbour):\n    return len(harbour.boats)\n";

test("extension-host tests", { timeout: 300_000 }, async () => {
  const scratch = path.join(PLACES.scratch, "host-files");
  const extension = path.join(scratch, "extension");
  for (const name of ["dist", "media", "package.json"]) cpSync(path.join(process.cwd(), name), path.join(extension, name), { recursive: true });
  const python = path.join(scratch, "python.vsix");
  const vsce = path.join(process.cwd(), "node_modules", "@vscode", "vsce", "vsce");
  execFileSync(PLACES.node, [vsce, "package", "--allow-missing-repository", "--skip-license", "--no-dependencies", "-o", python], { cwd: "test/fake-python", stdio: "pipe" });
  const folder = path.join(scratch, "harbour");
  mkdirSync(folder);
  writeFileSync(path.join(folder, "tides.py"), TIDES);
  writeFileSync(path.join(folder, "boats.py"), BOATS);
  const errors = path.join(PLACES.scratch, "host-stderr.log");
  const { cache, env } = surroundings(scratch, errors);
  const said: string[] = [];
  let exit: (code: number) => void = () => undefined;
  const code = new Promise<number>((resolve) => { exit = resolve; });
  const workbench = await Workbench.open({
    name: "host", folder, vsix: python, env,
    query: (host) => `&payload=${encodeURIComponent(JSON.stringify([
      ["extensionDevelopmentPath", `vscode-remote://${host}${extension}`],
      ["extensionTestsPath", `vscode-remote://${host}${path.join(extension, "dist", "host-tests.js")}`],
    ]))}`,
  }, async (page) => {
    await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
      const text = args.map(String).join(" ");
      said.push(text);
      if (/ok |passed/.test(text)) console.log(text);
    });
    await page.exposeFunction("codeAutomationExit", (result: number) => { exit(result); });
  });
  try {
    const result = await code;
    writeFileSync(path.join(PLACES.scratch, "failed extension-host tests.txt"), said.join("\n"));
    assert.equal(result, 0, said.filter((text) => !text.includes("node_modules")).at(-1));
  } finally {
    await workbench.close();
  }
  assert.ok(said.some((text) => text.includes("extension-host tests passed")), said.join("\n"));
  assertQuiet(cache, errors);
});

/** PATH with the server, and one without it but with what the installer needs. */
function surroundings(scratch: string, errors: string): { cache: string; env: NodeJS.ProcessEnv } {
  const [bin, tools, cache] = ["bin", "tools", "cache"].map((name) => path.join(scratch, name)) as [string, string, string];
  for (const made of [bin, tools]) {
    rmSync(made, { recursive: true, force: true });
    mkdirSync(made, { recursive: true });
  }
  const server = putServer(bin, errors);
  const base = execFileSync(PLACES.python, ["-c", "import sys; print(sys._base_executable)"], { encoding: "utf8" }).trim();
  writeFileSync(path.join(tools, "python3"), `#!/bin/sh\nexec ${base} "$@"\n`, { mode: 0o755 });
  const env = {
    PATH: `${bin}:${process.env["PATH"] ?? ""}`, CODETRIEVER_BARE_PATH: `${tools}:/bin`, CODETRIEVER_HOST_SCRATCH: scratch,
    CODETRIEVER_HOST_SERVER: server, CODETRIEVER_CACHE_DIR: cache, CODETRIEVER_LINGER_S: "10",
  };
  return { cache, env };
}
