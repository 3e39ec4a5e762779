// Reindex: compare every file with the index, or prepare each one anew.

import * as vscode from "vscode";
import { METHODS } from "../protocol.ts";
import { sentence } from "../search/ask.ts";
import type { Server } from "../server/server.ts";

const CHOICES = [
  { label: "Look for changes", detail: "Compares every file with the index. Seldom needed: changes are noticed by themselves.", full: false },
  { label: "From scratch", detail: "Prepares every file anew. Searches go on meanwhile.", full: true },
];

export function registerReindex(server: Server): vscode.Disposable {
  return vscode.commands.registerCommand("codetriever.reindexWorkspace", async (given?: { full?: boolean }) => {
    const full = given?.full ?? (await vscode.window.showQuickPick(CHOICES, { title: "Codetriever: Reindex" }))?.full;
    if (full === undefined) return;
    try {
      await server.request(METHODS.reindex, { full });
    } catch (error) {
      void vscode.window.showErrorMessage(`Codetriever: ${sentence(error)}`);
    }
  });
}
