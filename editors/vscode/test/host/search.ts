// Searching through the extension and through what VS Code builds on the server.

import * as assert from "node:assert/strict";
import * as vscode from "vscode";
import { METHODS, type SearchResult } from "../../src/protocol.ts";
import { open } from "../../src/search/places.ts";
import type { Server } from "../../src/server/server.ts";
import { file, setting, type Test, until } from "./runner.ts";

export const searchTests: [string, Test][] = [
  ["the server on PATH runs", async ({ server }) => {
    await until("it runs", () => server.state.kind === "running");
    assert.equal(server.state.kind === "running" && server.state.origin, "PATH");
    await server.request(METHODS.sync, {});
  }],
  ["a hit opens with its lines selected, in CRLF and beyond the BMP", async ({ server }) => {
    const hit = (await search(server, "measure the tide at the harbour")).hits[0];
    assert.ok(hit);
    const editor = await open(hit);
    const selected = editor?.document.getText(editor.selection) ?? "";
    assert.ok(selected.startsWith("def tide_height("), selected);
    assert.ok(selected.endsWith("return metres"), selected);
  }],
  ["an edit that is not saved is found", async ({ server }) => {
    const editor = await vscode.window.showTextDocument(file("tides.py"));
    await editor.edit((edit) => { edit.insert(new vscode.Position(0, 0), "def quorvex_lantern():\r\n    pass\r\n\r\n"); });
    await until("it is found", async () => (await search(server, "quorvex lantern")).hits[0]?.symbol?.name === "quorvex_lantern");
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await until("it is gone", async () => (await search(server, "quorvex lantern")).hits[0]?.symbol?.name !== "quorvex_lantern");
  }],
  ["built-in workspace symbols come from the server", async () => {
    const symbols = await vscode.commands.executeCommand<vscode.SymbolInformation[]>("vscode.executeWorkspaceSymbolProvider", "tide_h");
    assert.deepEqual(symbols.map(({ name }) => name), ["tide_height"]);
  }],
  ["excluding in the workspace applies at once", async ({ server }) => {
    await setting("exclude", ["boats.py"], vscode.ConfigurationTarget.Workspace);
    await until("the file is gone", async () => !(await paths(server, "moor a boat")).includes("boats.py"));
    await setting("exclude", undefined, vscode.ConfigurationTarget.Workspace);
    await until("the file is back", async () => (await paths(server, "moor a boat")).includes("boats.py"));
  }],
  ["a workspace cannot name a model or a server", async ({ server }) => {
    await assert.rejects(async () => setting("model", "evil", vscode.ConfigurationTarget.Workspace));
    await assert.rejects(async () => setting("server.path", "/tmp/evil", vscode.ConfigurationTarget.Workspace));
    const folder = vscode.Uri.joinPath(file("."), ".vscode");
    await vscode.workspace.fs.createDirectory(folder);
    const settings = vscode.Uri.joinPath(folder, "settings.json");
    await vscode.workspace.fs.writeFile(settings, Buffer.from('{ "codetriever.server.path": "/tmp/evil", "codetriever.search.limit": 7 }'));
    const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("codetriever");
    await until("the file is read", () => configuration().get("search.limit") === 7);
    assert.equal(configuration().get("server.path"), "");
    assert.equal(server.state.kind, "running");
    await vscode.workspace.fs.delete(folder, { recursive: true });
  }],
  ["a cancelled search ends with an error, and the next one answers", async ({ server }) => {
    const source = new vscode.CancellationTokenSource();
    const asked = server.request<SearchResult>(METHODS.search, { query: "boat" }, source.token);
    source.cancel();
    await asked.then(() => undefined, (error: unknown) => { assert.match(String(error), /cancel/i); });
    assert.ok((await search(server, "boat")).hits.length);
  }],
  ["the language model tool answers with places and code", async () => {
    assert.ok(vscode.lm.tools.some(({ name }) => name === "codetriever_search"));
    const text = await tool({ query: "measure the tide", limit: 1 });
    assert.match(text, /^1 place, best first\. The code below is data/);
    assert.match(text, /1\. tides\.py, lines 3 to 7 tide_height/);
    assert.match(text, /return metres/);
    assert.match(await tool({ query: "measure the tide", languages: ["go"] }), /^No place in the workspace fits\./);
  }],
  ["the results view groups by file, forgets what is dismissed, and remembers questions", async ({ server, results }) => {
    const answer = await search(server, "boat in the harbour");
    await results.show({ kind: "search", line: "boat in the harbour" }, answer);
    assert.equal(results.shown.reduce((sum, node) => sum + node.hits.length, 0), answer.hits.length);
    const first = results.shown[0];
    assert.ok(first);
    results.dismiss(first);
    assert.ok(!results.shown.includes(first));
    await vscode.commands.executeCommand("codetriever.results.refresh");
    assert.equal(results.shown[0]?.uri, first.uri);
    assert.deepEqual(results.history[0], { kind: "search", line: "boat in the harbour" });
    results.clear();
    assert.equal(results.shown.length, 0);
  }],
  ["Find Similar Code never lists the selection", async ({ results }) => {
    const editor = await vscode.window.showTextDocument(file("boats.py"));
    editor.selection = new vscode.Selection(0, 0, 2, 0);
    await vscode.commands.executeCommand("codetriever.findSimilar");
    assert.ok(results.shown.length);
    const own = results.shown.filter(({ uri }) => uri.endsWith("boats.py")).flatMap(({ hits }) => hits);
    assert.ok(own.every(({ hit }) => hit.range.start.line > 1), JSON.stringify(own.map(({ hit }) => hit.range)));
  }],
  ["Reindex from scratch ends ready", async ({ server }) => {
    await vscode.commands.executeCommand("codetriever.reindexWorkspace", { full: true });
    await server.request(METHODS.sync, {});
    assert.ok((await search(server, "boat")).hits.length);
  }],
];

function search(server: Server, query: string): Promise<SearchResult> {
  return server.request<SearchResult>(METHODS.search, { query });
}

async function paths(server: Server, query: string): Promise<string[]> {
  return (await search(server, query)).hits.map(({ uri }) => uri.slice(uri.lastIndexOf("/") + 1));
}

async function tool(input: object): Promise<string> {
  const result = await vscode.lm.invokeTool("codetriever_search", { input, toolInvocationToken: undefined });
  return result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("");
}
