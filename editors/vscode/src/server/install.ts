// Installs the server into an environment of its own, in the folder that VS Code gives to this extension.

import { access, mkdir, readdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import * as path from "node:path";
import * as vscode from "vscode";
import { binOf, COMMAND, pathFolders } from "./candidates.ts";
import { run, type RunOptions } from "./run.ts";
import { versionIn } from "./version.ts";

const WINDOWS = process.platform === "win32";
const TIMEOUT_MS = 20 * 60_000;
const PYTHONS = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"];
const RIGHT_PYTHON = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
const CURRENT = "codetriever.environment";

/** The environment that was installed last; undefined without one. */
export function ownEnvironment(context: vscode.ExtensionContext): string | undefined {
  return context.globalState.get<string>(CURRENT);
}

/** With progress and a button to cancel. Gives the version, or undefined when it was cancelled or failed (and has said so). */
export async function install(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Promise<string | undefined> {
  const progress = { location: vscode.ProgressLocation.Notification, title: "Codetriever: installing the language server", cancellable: true };
  return vscode.window.withProgress(progress, async (report, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => { abort.abort(); });
    try {
      return await intoNew(context, log, abort.signal, (message) => { report.report({ message }); });
    } catch (error) {
      if (!token.isCancellationRequested) void complain(log, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  });
}

/** Each installation gets a new folder, and is taken once it has told its version: a failed one never replaces a good one. */
async function intoNew(
  context: vscode.ExtensionContext, log: vscode.LogOutputChannel, signal: AbortSignal, say: (message: string) => void,
): Promise<string> {
  const base = path.join(context.globalStorageUri.fsPath, "server");
  await mkdir(base, { recursive: true });
  const environment = path.join(base, Date.now().toString(36));
  const onLine = (line: string): void => {
    log.info(`install: ${line}`);
    if (line.trim()) say(line.trim().slice(0, 80));
  };
  const options: RunOptions = { cwd: base, timeoutMs: TIMEOUT_MS, signal, onLine };
  try {
    await build(environment, options, say);
    const command = path.join(binOf(environment, WINDOWS), WINDOWS ? `${COMMAND}.exe` : COMMAND);
    const version = versionIn(await must(command, ["--version"], options));
    if (!version) throw new Error(`${command} does not tell its version.`);
    await context.globalState.update(CURRENT, environment);
    await sweep(base, environment, log);
    return version;
  } catch (error) {
    await rm(environment, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function build(environment: string, options: RunOptions, say: (message: string) => void): Promise<void> {
  const wanted = vscode.workspace.getConfiguration("codetriever").get<string>("server.package", COMMAND);
  const python = path.join(binOf(environment, WINDOWS), WINDOWS ? "python.exe" : "python");
  const uv = await findUv();
  say("making an environment");
  if (uv) {
    await must(uv, ["venv", "--no-project", "--python", ">=3.11", environment], options);
    await must(uv, ["pip", "install", "--python", python, wanted], options);
    return;
  }
  await must(await findPython(options), ["-m", "venv", environment], options);
  await must(python, ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", wanted], options);
}

async function must(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  options.onLine?.(`$ ${[command, ...args].join(" ")}`);
  const ended = await run(command, args, options);
  if (ended.code === 0) return ended.output;
  const reason = ended.problem || ended.output.trim().split("\n").slice(-3).join(" ") || `exit code ${ended.code}`;
  throw new Error(`${path.basename(command)} ${args[0] ?? ""} failed: ${reason}`);
}

async function findUv(): Promise<string | undefined> {
  const name = WINDOWS ? "uv.exe" : "uv";
  const home = [path.join(homedir(), ".local", "bin"), path.join(homedir(), ".cargo", "bin")];
  for (const folder of [...searchPath(), ...home]) {
    const file = path.join(folder, name);
    if (await exists(file)) return file;
  }
  return undefined;
}

async function findPython(options: RunOptions): Promise<string> {
  for (const name of PYTHONS) {
    for (const folder of searchPath()) {
      const file = path.join(folder, WINDOWS ? `${name}.exe` : name);
      if (!(await exists(file))) continue;
      const { code } = await run(file, ["-c", RIGHT_PYTHON], { ...options, onLine: () => undefined });
      if (code === 0) return file;
    }
  }
  throw new Error("Neither uv nor Python 3.11 or newer (with venv and pip) was found on PATH. Install one of them, then try again.");
}

/** Folders of a workspace that is not trusted are passed over here as well. */
function searchPath(): string[] {
  const untrusted = vscode.workspace.isTrusted ? [] : (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
  return pathFolders({ path: process.env["PATH"] ?? "", untrusted, windows: WINDOWS });
}

/** Older environments go, unless a server still runs from one (Windows then refuses, and the next time will do). */
async function sweep(base: string, keep: string, log: vscode.LogOutputChannel): Promise<void> {
  for (const name of await readdir(base)) {
    const folder = path.join(base, name);
    if (folder === keep) continue;
    await rm(folder, { recursive: true, force: true }).catch((error: unknown) => { log.warn(`could not remove ${folder}: ${String(error)}`); });
  }
}

async function complain(log: vscode.LogOutputChannel, reason: string): Promise<void> {
  log.error(`install: ${reason}`);
  const chosen = await vscode.window.showErrorMessage(`Codetriever could not install its language server. ${reason}`, "Show Log", "Open Walkthrough");
  if (chosen) await vscode.commands.executeCommand(chosen === "Show Log" ? "codetriever.showLog" : "codetriever.openWalkthrough");
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
