// Search Code, Search for Selection, and the keys within the open list.

import * as vscode from "vscode";
import type { PastSearches } from "../search/past.ts";
import { SearchPicker } from "../search/picker.ts";
import type { Results } from "../results/results.ts";
import type { Server } from "../server/server.ts";

const MOST_CHARACTERS = 500;

export function registerSearch(server: Server, past: PastSearches, results: Results): vscode.Disposable {
  let picker: SearchPicker | undefined;
  let earlier: Promise<void> = Promise.resolve();
  const show = (line: string): void => {
    picker?.hide();
    const opened = new SearchPicker(server, {
      past,
      keep: async (kept, answer) => {
        await past.add(kept);
        await results.show({ kind: "search", line: kept }, answer);
      },
    }, earlier);
    picker = opened;
    earlier = opened.ended.then(() => {
      if (picker === opened) picker = undefined;
      opened.dispose();
    });
    opened.show(line);
  };
  return vscode.Disposable.from(
    vscode.commands.registerCommand("codetriever.searchCode", (line?: unknown) => { show(typeof line === "string" ? line : ""); }),
    vscode.commands.registerCommand("codetriever.searchSelection", () => { show(selectedText()); }),
    vscode.commands.registerCommand("codetriever.search.openToSide", () => picker?.openToSide()),
    vscode.commands.registerCommand("codetriever.search.toResults", () => picker?.toResults()),
    new vscode.Disposable(() => { picker?.dispose(); }),
  );
}

/** The selection, or the word at the cursor, on one line. */
function selectedText(): string {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return "";
  const range = editor.selection.isEmpty ? editor.document.getWordRangeAtPosition(editor.selection.active) : editor.selection;
  return range ? editor.document.getText(range).replace(/\s+/g, " ").trim().slice(0, MOST_CHARACTERS) : "";
}
