// Shows places while the selection moves over a list, and puts everything back.

import * as vscode from "vscode";
import type { Hit } from "../protocol.ts";
import { rangeOf, uriOf } from "./places.ts";

interface Editor {
  uri: vscode.Uri;
  column: vscode.ViewColumn;
  selections: readonly vscode.Selection[];
  visible: vscode.Range | undefined;
  /** Whether its tab was itself only a preview. */
  preview: boolean;
}

interface Before {
  editor: Editor | undefined;
  tabs: ReadonlySet<string>;
  /** Preview tabs that were not in front; a place that is shown takes their room. */
  behind: readonly { uri: vscode.Uri; column: vscode.ViewColumn }[];
}

export class Preview implements vscode.Disposable {
  private readonly before: Promise<Before>;
  private readonly decoration = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
    overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.rangeHighlightForeground"),
  });
  private decorated: vscode.TextEditor | undefined;
  /** Places are shown one after the other, so that `restore` knows when the last one stands. */
  private showing: Promise<void> = Promise.resolve();
  private touched = false;
  /** Grows with each place and at the end: what waits its turn is then no longer wanted. */
  private turn = 0;

  /** `earlier` ends when a preview of before has put its view back; what is there then is what this one goes back to. */
  constructor(earlier: Promise<void>) {
    this.before = earlier.then(look);
  }

  /** Quiet when a file cannot be shown: a preview is an offer. */
  show(hit: Hit): Promise<void> {
    const turn = ++this.turn;
    this.showing = this.showing.then(() => this.showNow(hit, turn)).catch(() => {
      // A binary file, or one that has just been deleted.
    });
    return this.showing;
  }

  /** Leaves what is shown, without the highlight. */
  keep(): void {
    this.turn += 1;
    this.undecorate();
  }

  /**
   * The editor, its selection and its scroll position as they were; a tab that only showed a preview is closed.
   *
   * `focus` tells whether the editor may have the keys again. It is asked late, and the focus is given by a command, which VS Code
   * runs before it shows a list that is opened after it: keys that are meant for the next list never go into the file.
   */
  async restore(focus: () => boolean): Promise<void> {
    this.keep();
    await this.showing;
    this.undecorate();
    if (!this.touched) return;
    const { editor, tabs, behind } = await this.before;
    for (const { uri, column } of behind) await attempt(() => vscode.window.showTextDocument(uri, { preview: true, preserveFocus: true, viewColumn: column }));
    if (editor) await attempt(() => reopen(editor));
    if (editor && focus()) await attempt(() => vscode.commands.executeCommand("workbench.action.focusActiveEditorGroup"));
    const added = allTabs().filter((tab) => tab.isPreview && !tab.isDirty && !tabs.has(keyOf(tab)));
    if (added.length) await attempt(() => vscode.window.tabGroups.close(added, true));
  }

  dispose(): void {
    this.undecorate();
    this.decoration.dispose();
  }

  private async showNow(hit: Hit, turn: number): Promise<void> {
    const { editor: old } = await this.before;
    if (turn !== this.turn) return;
    this.touched = true;
    const range = rangeOf(hit.range);
    const viewColumn = old?.column ?? vscode.ViewColumn.Active;
    const editor = await vscode.window.showTextDocument(uriOf(hit), { preserveFocus: true, preview: true, viewColumn, selection: new vscode.Range(range.start, range.start) });
    if (turn !== this.turn) return;
    this.undecorate();
    editor.setDecorations(this.decoration, [range]);
    // The list covers the upper half: the beginning stands below it.
    editor.revealRange(new vscode.Range(range.start, range.start), vscode.TextEditorRevealType.InCenter);
    this.decorated = editor;
  }

  private undecorate(): void {
    this.decorated?.setDecorations(this.decoration, []);
    this.decorated = undefined;
  }
}

function look(): Before {
  const editor = vscode.window.activeTextEditor;
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  const tabs = allTabs();
  return {
    editor: editor?.viewColumn && {
      uri: editor.document.uri, column: editor.viewColumn, selections: editor.selections, visible: editor.visibleRanges[0],
      preview: tab?.isPreview ?? false,
    },
    tabs: new Set(tabs.map(keyOf)),
    behind: tabs.flatMap((one) => (one.isPreview && !one.isActive && one.input instanceof vscode.TabInputText ? [{ uri: one.input.uri, column: one.group.viewColumn }] : [])),
  };
}

async function reopen({ uri, column, selections, visible, preview }: Editor): Promise<void> {
  const editor = await vscode.window.showTextDocument(uri, { preview, preserveFocus: true, viewColumn: column });
  editor.selections = selections;
  if (visible) editor.revealRange(visible, vscode.TextEditorRevealType.AtTop);
}

/** What was there may be gone, such as a file that was deleted meanwhile; the rest is put back all the same. */
async function attempt(step: () => Thenable<unknown>): Promise<void> {
  try {
    await step();
  } catch {
    // Nothing to put back.
  }
}

function allTabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}

function keyOf(tab: vscode.Tab): string {
  const where = tab.input instanceof vscode.TabInputText ? tab.input.uri.toString() : tab.label;
  return `${tab.group.viewColumn} ${where}`;
}
