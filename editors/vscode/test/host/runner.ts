// As much of a test runner as these tests need: they run one after the other, and each says what it was.

import * as vscode from "vscode";
import type { Inside } from "../../src/extension.ts";

export type Test = (inside: Inside) => Promise<void>;

const LIMIT_MS = 120_000;

export async function runAll(tests: readonly (readonly [name: string, test: Test])[]): Promise<void> {
  const inside = await extension().activate();
  const failed: string[] = [];
  for (const [name, test] of tests) {
    const started = Date.now();
    try {
      await within(test(inside), LIMIT_MS);
      console.log(`ok ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      failed.push(name);
      console.log(`not ok ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  console.log(`${tests.length - failed.length} of ${tests.length} extension-host tests passed`);
  if (failed.length) throw new Error(`failed: ${failed.join("; ")}`);
}

export function extension(): vscode.Extension<Inside> {
  const found = vscode.extensions.getExtension<Inside>("codetriever.codetriever");
  if (!found) throw new Error("the extension is not there");
  return found;
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function setting(key: string, value: unknown, target = vscode.ConfigurationTarget.Global): Thenable<void> {
  return vscode.workspace.getConfiguration("codetriever").update(key, value, target);
}

export function file(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error("no folder is open");
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Messages that the extension shows while `action` runs; `answer` is the button that is pressed. */
export async function messagesDuring(action: () => Promise<void>, answer?: string): Promise<{ text: string; buttons: string[] }[]> {
  const seen: { text: string; buttons: string[] }[] = [];
  const shown = (text: string, ...buttons: string[]): Promise<string | undefined> => {
    seen.push({ text, buttons });
    return Promise.resolve(answer && buttons.includes(answer) ? answer : undefined);
  };
  const window = vscode.window as unknown as Record<string, unknown>;
  const names = ["showErrorMessage", "showInformationMessage", "showWarningMessage"];
  const before = names.map((name) => window[name]);
  for (const name of names) window[name] = shown;
  try {
    await action();
  } finally {
    names.forEach((name, at) => { window[name] = before[at]; });
  }
  return seen;
}

function within(promise: Promise<void>, ms: number): Promise<void> {
  return Promise.race([promise, new Promise<never>((_, reject) => { setTimeout(() => { reject(new Error(`longer than ${ms} ms`)); }, ms); })]);
}
