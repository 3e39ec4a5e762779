// Shows places while the selection moves over a list, and puts everything back.

import * as vscode from "vscode";
import type { Hit } from "../protocol.ts";
import { rangeOf, uriOf } from "./places.ts";

interface Before {
  uri: vscode.Uri;
  column: vscode.ViewColumn | undefined;
  selections: readonly vscode.Selection[];
  visible: vscode.Range | undefined;
  /** Whether its tab was itself only a preview. */
  preview: boolean;
}

export class Preview implements vscode.Disposable {
  private readonly before: Before | undefined;
  private readonly tabsBefore: ReadonlySet<string>;
  private readonly decoration = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
    overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.rangeHighlightForeground"),
  });
  private decorated: vscode.TextEditor | undefined;
  private shown: vscode.Uri | undefined;
  /** Grows with each place and at the end: what opens late is then no longer wanted. */
  private turn = 0;

  constructor() {
    const editor = vscode.window.activeTextEditor;
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    this.tabsBefore = new Set(allTabs().map(keyOf));
    this.before = editor && {
      uri: editor.document.uri, column: editor.viewColumn, selections: editor.selections, visible: editor.visibleRanges[0],
      preview: tab?.isPreview ?? false,
    };
  }

  /** Quiet when a file cannot be shown: a preview is an offer. */
  async show(hit: Hit): Promise<void> {
    const turn = ++this.turn;
    const range = rangeOf(hit.range);
    try {
      const column = this.before?.column ?? vscode.ViewColumn.Active;
      const editor = await vscode.window.showTextDocument(uriOf(hit), { preserveFocus: true, preview: true, viewColumn: column, selection: new vscode.Range(range.start, range.start) });
      if (turn !== this.turn) return;
      this.shown = editor.document.uri;
      this.undecorate();
      editor.setDecorations(this.decoration, [range]);
      editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
      this.decorated = editor;
    } catch {
      // A binary file, or one that has just been deleted.
    }
  }

  /** Leaves what is shown, without the highlight. */
  keep(): void {
    this.turn += 1;
    this.undecorate();
  }

  /** The editor, its selection and its scroll position as they were; a tab that only showed a preview is closed. */
  async restore(): Promise<void> {
    this.keep();
    if (!this.shown) return;
    if (this.before) {
      const { uri, column, selections, visible, preview } = this.before;
      const options = { preview, preserveFocus: false, ...(column === undefined ? {} : { viewColumn: column }) };
      const editor = await vscode.window.showTextDocument(uri, options);
      editor.selections = selections;
      if (visible) editor.revealRange(visible, vscode.TextEditorRevealType.AtTop);
    }
    const added = allTabs().filter((tab) => tab.isPreview && !tab.isDirty && !this.tabsBefore.has(keyOf(tab)));
    if (added.length) await vscode.window.tabGroups.close(added, true);
  }

  dispose(): void {
    this.undecorate();
    this.decoration.dispose();
  }

  private undecorate(): void {
    this.decorated?.setDecorations(this.decoration, []);
    this.decorated = undefined;
  }
}

function allTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}

function keyOf(tab: vscode.Tab): string {
  const where = tab.input instanceof vscode.TabInputText ? tab.input.uri.toString() : tab.label;
  return `${tab.group.viewColumn} ${where}`;
}
