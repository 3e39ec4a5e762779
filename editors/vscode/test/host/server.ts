// The server missing, too old, broken, killed, in the selected Python environment, and installed.

import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { METHODS, type Status } from "../../src/protocol.ts";
import type { Server } from "../../src/server/server.ts";
import { messagesDuring, setting, type Test, until } from "./runner.ts";

const scratch = process.env["CODETRIEVER_HOST_SCRATCH"] ?? "";
/** The command on PATH. */
const real = process.env["CODETRIEVER_HOST_SERVER"] ?? "";
const python = process.env["CODETRIEVER_PYTHON"] ?? "";
const fullPath = process.env["PATH"] ?? "";
/** PATH with the programs of the system and uv or Python, without the server. */
const barePath = process.env["CODETRIEVER_BARE_PATH"] ?? "";

export const serverTests: [string, Test][] = [
  ["killed, it starts again by itself", async ({ server }) => {
    await until("it runs", () => server.state.kind === "running");
    process.kill(serverProcess(), "SIGKILL");
    await until("its death is noticed", () => server.state.kind === "waiting");
    await until("it runs again", () => server.state.kind === "running");
  }],
  ["Restart Server gives a new process and a new engine", async ({ server }) => {
    const before = serverProcess();
    const engine = await enginePid(server);
    await vscode.commands.executeCommand("codetriever.restartServer");
    assert.equal(server.state.kind, "running");
    assert.notEqual(serverProcess(), before);
    assert.notEqual(await enginePid(server), engine);
  }],
  ["another model: asked about, and in force after the restart", async ({ server }) => {
    for (const name of ["none", undefined]) {
      const messages = await messagesDuring(async () => {
        await setting("model", name);
        await until("the engine has the model", async () => (await modelName(server)) === (name ?? "static-code-256"));
      }, "Restart Server");
      assert.deepEqual(messages[0], { text: "Codetriever: the setting takes effect when the server has restarted.", buttons: ["Restart Server"] });
    }
  }],
  ["too old: said with versions and buttons, and never started", async ({ server }) => {
    const old = script("old", 'echo "codetriever-lsp 0.0.9"');
    const [message] = await messagesDuring(() => useServer(server, old, "too old"));
    assert.match(message?.text ?? "", /is version 0\.0\.9; this extension needs 0\.1\.0 or newer\.$/);
    assert.deepEqual(message?.buttons, ["Open Setting", "Show Log"]);
    await assert.rejects(server.request("codetriever/search", { query: "boat" }), /needs 0\.1\.0 or newer/);
    const input = { input: { query: "boat" }, toolInvocationToken: undefined };
    await assert.rejects(async () => vscode.lm.invokeTool("codetriever_search", input), /needs 0\.1\.0 or newer\. Use another way to search\./);
  }],
  ["a setting that leads nowhere: said, with the path", async ({ server }) => {
    const [message] = await messagesDuring(() => useServer(server, "/nowhere/codetriever-lsp", "broken"));
    assert.match(message?.text ?? "", /\/nowhere\/codetriever-lsp \(setting\) does not start: .*ENOENT/);
  }],
  ["a program that is something else: said", async ({ server }) => {
    const [message] = await messagesDuring(() => useServer(server, script("else", 'echo "hello 1.0.0"'), "broken"));
    assert.match(message?.text ?? "", /it does not tell its version/);
  }],
  ["crashing again and again: back-off, then given up with buttons", async ({ server }) => {
    const count = path.join(scratch, "starts");
    const crash = script("crash", `case "$1" in --version) echo "codetriever-lsp 0.1.0";; *) date +%s%N >>${count}; exit 1;; esac`);
    const [message] = await messagesDuring(() => useServer(server, crash, "broken"));
    assert.match(message?.text ?? "", /ended again and again/);
    assert.deepEqual(message?.buttons, ["Restart Server", "Install Server", "Show Log"]);
    const starts = execFileSync("cat", [count], { encoding: "utf8" }).trim().split("\n").map((text) => Number(text) / 1e6);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    assert.equal(starts.length, 7);
    assert.ok(gaps.every((gap, index) => gap >= 500 * 2 ** index), gaps.join());
  }],
  ["the selected Python environment comes first", async ({ server }) => {
    process.env["CODETRIEVER_TEST_PYTHON"] = path.join(path.dirname(real), "python");
    await setting("server.path", undefined);
    await until("it runs", () => server.state.kind === "running");
    assert.equal(server.state.kind === "running" && server.state.origin, "selected Python environment");
    delete process.env["CODETRIEVER_TEST_PYTHON"];
  }],
  ["missing: said with a button; the button installs into an environment of its own", async ({ server }) => {
    process.env["PATH"] = barePath;
    await setting("server.package", wheel());
    const messages = await messagesDuring(async () => {
      await server.restart();
      await until("it was installed and runs", () => server.state.kind === "running");
    }, "Install Server");
    assert.deepEqual(messages[0], { text: "Codetriever: The language server codetriever-lsp was not found.", buttons: ["Install Server", "Open Setting"] });
    assert.equal(server.state.kind === "running" && server.state.origin, "own environment");
    assert.ok(server.state.kind === "running" && server.state.command.includes("globalStorage"));
    process.env["PATH"] = fullPath;
  }],
  ["an installation that fails says why, and the good one stays", async ({ server }) => {
    process.env["PATH"] = barePath;
    await setting("server.package", "/nowhere/codetriever_lsp-9.9.9-py3-none-any.whl");
    const messages = await messagesDuring(async () => { await vscode.commands.executeCommand("codetriever.installServer"); });
    assert.match(messages[0]?.text ?? "", /^Codetriever could not install its language server\. .*failed: /);
    await server.restart();
    assert.equal(server.state.kind === "running" && server.state.origin, "own environment");
    await setting("server.package", undefined);
    process.env["PATH"] = fullPath;
  }],
];

/** Sets the path and waits for the state; a message is shown by then. */
async function useServer(server: Server, command: string, kind: string): Promise<void> {
  let started = false;
  const listener = server.onDidChange((state) => { started ||= state.kind === "starting"; });
  await setting("server.path", command);
  await until(`the state is ${kind}`, () => started && server.state.kind === kind);
  listener.dispose();
}

function script(name: string, body: string): string {
  const file = path.join(scratch, name, "codetriever-lsp");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A wheel whose command is the real server: what is installed here is the installer's work, not the server's packages. */
function wheel(): string {
  const file = path.join(scratch, "codetriever_lsp-0.1.0-py3-none-any.whl");
  const info = "codetriever_lsp-0.1.0.dist-info";
  const program = [
    "import sys, zipfile", "wheel = zipfile.ZipFile(sys.argv[1], 'w')", `info = '${info}'`,
    "wheel.writestr('codetriever_stub.py', 'import os, sys\\ndef main():\\n    os.execv(' + repr(sys.argv[2]) + ', [' + repr(sys.argv[2]) + '] + sys.argv[1:])\\n')",
    "wheel.writestr(info + '/METADATA', 'Metadata-Version: 2.1\\nName: codetriever-lsp\\nVersion: 0.1.0\\n')",
    "wheel.writestr(info + '/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')",
    "wheel.writestr(info + '/entry_points.txt', '[console_scripts]\\ncodetriever-lsp = codetriever_stub:main\\n')",
    "wheel.writestr(info + '/RECORD', ''.join(n + ',,\\n' for n in wheel.namelist() + [info + '/RECORD']))", "wheel.close()",
  ];
  execFileSync(python, ["-c", program.join("\n"), file, real]);
  return file;
}

/** The server that this extension host started. */
function serverProcess(): number {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n");
  const own = rows.map((row) => row.trim().split(/\s+/)).filter(([, ppid, ...args]) => Number(ppid) === process.pid && args.join(" ").endsWith("codetriever-lsp"));
  assert.equal(own.length, 1, JSON.stringify(own));
  return Number(own[0]?.[0]);
}

async function enginePid(server: Server): Promise<number> {
  return (await server.request<Status>(METHODS.status, {})).engine.pid;
}

/** undefined while the server is between two lives. */
async function modelName(server: Server): Promise<string | undefined> {
  const status = await server.request<Status>(METHODS.status, {}).catch(() => undefined);
  return status?.folders[0]?.model.name;
}
