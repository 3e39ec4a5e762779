// Opens hits in editors.

import * as vscode from "vscode";
import type { Hit, Range } from "../protocol.ts";
import { lineOf } from "./describe.ts";

export function rangeOf(range: Range): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

export function uriOf(hit: Hit): vscode.Uri {
  return vscode.Uri.parse(hit.uri, true);
}

/** The path as a reader knows it, with the line of the name, counted from 1. */
export function placeOf(hit: Hit): string {
  return `${vscode.workspace.asRelativePath(uriOf(hit))}:${lineOf(hit) + 1}`;
}

/** Opens a hit with its lines selected; the cursor stands at their beginning, so that the name is in view. */
export async function open(hit: Hit, options: vscode.TextDocumentShowOptions = {}): Promise<vscode.TextEditor | undefined> {
  try {
    const editor = await vscode.window.showTextDocument(uriOf(hit), { preview: true, ...options });
    const range = editor.document.validateRange(rangeOf(hit.range));
    editor.selection = new vscode.Selection(range.end, range.start);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    return editor;
  } catch (error) {
    void vscode.window.showWarningMessage(`Codetriever: ${placeOf(hit)} cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
