// What the manifest promises is there, and nothing that is only proposed.

import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { extension, type Test } from "./runner.ts";

interface Property {
  scope?: string;
  description?: string;
  markdownDescription?: string;
}

interface Manifest {
  enabledApiProposals?: unknown;
  contributes: { commands: { command: string }[]; configuration: { properties: Record<string, Property> }[] };
}

const WORKSPACE_MAY_SET = new Set([
  "codetriever.include", "codetriever.exclude", "codetriever.maxFileBytes", "codetriever.languagesOff", "codetriever.documentSymbols",
  "codetriever.trace.server", "codetriever.search.limit", "codetriever.search.delay", "codetriever.search.mode", "codetriever.search.preview",
  "codetriever.languageModelTool.enabled",
]);

export const manifestTests: [string, Test][] = [
  ["no proposed API is asked for", () => {
    assert.equal(manifest().enabledApiProposals, undefined);
    return Promise.resolve();
  }],
  ["every command of the manifest exists", async () => {
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(manifest().contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)), []);
  }],
  ["every setting has a description", () => {
    const all = manifest().contributes.configuration.flatMap((group) => Object.entries(group.properties));
    assert.deepEqual(all.filter(([, one]) => !one.description && !one.markdownDescription).map(([key]) => key), []);
    assert.ok(all.length > 20 && all.every(([key]) => key.startsWith("codetriever.")));
    return Promise.resolve();
  }],
  ["a workspace cannot set what decides about programs, models, addresses or folders", () => {
    const properties = manifest().contributes.configuration.flatMap((group) => Object.entries(group.properties));
    const open = properties.filter(([, { scope }]) => scope !== "machine").map(([key]) => key);
    assert.deepEqual(open.filter((key) => !WORKSPACE_MAY_SET.has(key)), []);
    return Promise.resolve();
  }],
];

function manifest(): Manifest {
  return extension().packageJSON as Manifest;
}
