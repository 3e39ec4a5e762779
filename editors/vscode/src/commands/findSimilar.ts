// Find Similar Code: from the selection, or from the lines around the cursor, into the results view.

import * as vscode from "vscode";
import type { SimilarParams } from "../protocol.ts";
import type { Results } from "../results/results.ts";
import { ask, type Question, sentence } from "../search/ask.ts";
import type { Server } from "../server/server.ts";

export function registerSimilar(server: Server, results: Results): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand("codetriever.findSimilar", async () => {
      const params = fromEditor();
      if (params) await findSimilar(server, results, params);
      else void vscode.window.showInformationMessage("Codetriever: open a file and select the code that you want to find more of.");
    }),
    server.onDidAskSimilar((params) => void findSimilar(server, results, params)),
  );
}

async function findSimilar(server: Server, results: Results, params: SimilarParams): Promise<void> {
  const question: Question = { kind: "similar", params, title: title(params) };
  const progress = { location: vscode.ProgressLocation.Window, title: "Codetriever: finding similar code" };
  try {
    await vscode.window.withProgress(progress, async () => { await results.show(question, await ask(server, question)); });
  } catch (error) {
    void vscode.window.showErrorMessage(`Codetriever: ${sentence(error)}`);
  }
}

function fromEditor(): SimilarParams | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== "file") return undefined;
  const { start, end, active, isEmpty } = editor.selection;
  const textDocument = { uri: editor.document.uri.toString() };
  const position = { line: active.line, character: active.character };
  if (isEmpty) return { textDocument, position };
  return { textDocument, range: { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } } };
}

function title({ textDocument, range, position }: SimilarParams): string {
  const path = vscode.workspace.asRelativePath(vscode.Uri.parse(textDocument.uri, true));
  const first = (range?.start ?? position)?.line ?? 0;
  const last = range ? (range.end.character === 0 ? Math.max(first, range.end.line - 1) : range.end.line) : first;
  return `like ${path}:${first + 1}${last > first ? `-${last + 1}` : ""}`;
}
