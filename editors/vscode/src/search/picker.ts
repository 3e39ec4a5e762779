// Search Code: a list that follows the keys.

import * as vscode from "vscode";
import type { SearchResult } from "../protocol.ts";
import { NotRunning, type Server } from "../server/server.ts";
import { ask, sentence } from "./ask.ts";
import { caveat, count } from "./describe.ts";
import { filterHints, hints } from "./hints.ts";
import { commandRow, hintRow, hitRow, noteRow, nothingRows, pastRow, type Row, TO_SIDE } from "./items.ts";
import { Latest } from "./latest.ts";
import type { PastSearches } from "./past.ts";
import { open } from "./places.ts";
import { Preview } from "./preview.ts";
import { parse } from "./query.ts";
import { WorkspaceVocabulary } from "./vocabulary.ts";

const TITLE = "Codetriever: Search Code";
const PREVIEW_MOVED_MS = 40;
const PREVIEW_TYPED_MS = 200;
const PAST_SHOWN = 8;

export interface PickerTargets {
  past: PastSearches;
  /** Takes an answer into the results view. */
  keep(line: string, answer: SearchResult): Promise<void>;
}

export class SearchPicker implements vscode.Disposable {
  private readonly server: Server;
  private readonly targets: PickerTargets;
  private readonly pick = vscode.window.createQuickPick<Row>();
  private readonly searches = new Latest();
  private readonly previews = new Latest();
  private readonly preview = new Preview();
  private readonly vocabulary: WorkspaceVocabulary;
  private readonly listeners: vscode.Disposable[] = [];
  private readonly closed = new vscode.EventEmitter<void>();
  readonly onDidClose = this.closed.event;
  private answer: { line: string; result: SearchResult } | undefined;
  private accepted = false;
  /** Rows were set just now, so the next active row is not one that the user moved to. */
  private filled = false;

  constructor(server: Server, targets: PickerTargets) {
    this.server = server;
    this.targets = targets;
    this.vocabulary = new WorkspaceVocabulary(server);
    this.pick.placeholder = "What does the code do? Plain words, a name, or an error message";
    this.pick.title = TITLE;
    this.listeners.push(
      this.pick.onDidChangeValue((line) => { this.typed(line); }),
      this.pick.onDidChangeActive(([row]) => { this.moved(row); }),
      this.pick.onDidAccept(() => void this.accept()),
      this.pick.onDidTriggerItemButton(({ item, button }) => { if (button === TO_SIDE) void this.openRow(item, true); }),
      this.pick.onDidHide(() => void this.hidden()),
      server.onDidChangeIndex(() => { this.retitle(); }),
      server.onDidChange((state) => { if (state.kind === "running") this.typed(this.pick.value); }),
    );
  }

  show(line = ""): void {
    void this.context(true);
    this.vocabulary.loadLanguages().catch(() => undefined);
    this.pick.value = line;
    this.pick.show();
    this.typed(line, 0);
  }

  async openToSide(): Promise<void> {
    await this.openRow(this.pick.activeItems[0], true);
  }

  async toResults(): Promise<void> {
    if (!this.answer?.result.hits.length) return;
    const { line, result } = this.answer;
    this.accepted = true;
    this.pick.hide();
    await this.preview.restore();
    await this.targets.keep(line, result);
  }

  dispose(): void {
    this.searches.dispose();
    this.previews.dispose();
    this.preview.dispose();
    this.pick.dispose();
    for (const listener of this.listeners) listener.dispose();
    this.closed.dispose();
  }

  private typed(line: string, delay = setting("search.delay", 80)): void {
    this.pick.busy = line.trim() !== "";
    this.searches.run(delay, (token) => this.search(line, token));
  }

  private async search(line: string, token: vscode.CancellationToken): Promise<void> {
    const offered = await this.offered(line);
    if (over(token)) return;
    const query = parse(line);
    if (Object.keys(query.filters).length) void vscode.commands.executeCommand("setContext", "codetriever.usedFilter", true);
    const problems = query.problems.map((text) => noteRow(text, "", "warning"));
    if (!/[\p{L}\p{N}]/u.test(query.text)) {
      this.answer = undefined;
      this.fill([...offered, ...problems, ...this.starters(line)]);
      return;
    }
    if (offered.length) this.fill([...offered, ...problems, ...this.hitRows()], true);
    try {
      const result = await ask(this.server, { kind: "search", line }, token);
      if (over(token)) return;
      this.answer = { line, result };
      const filtered = Object.keys(query.filters).length > 0;
      this.fill([...offered, ...problems, ...(result.hits.length ? this.hitRows() : nothingRows(result, filtered))]);
    } catch (error) {
      if (over(token)) return;
      this.answer = undefined;
      this.fill([...problems, ...failureRows(error)]);
    }
  }

  /** Filters that complete the last word. */
  private async offered(line: string): Promise<Row[]> {
    return hints(line, await this.vocabulary.for(line)).map(hintRow);
  }

  /** For a line without words: filters, and searches of before. */
  private starters(line: string): Row[] {
    if (this.server.failed) return failureRows(new NotRunning(this.server.excuse()));
    if (line.trim()) return [];
    const rows = [...this.targets.past.lines.slice(0, PAST_SHOWN).map(pastRow), ...filterHints(line).map(hintRow)];
    const why = caveat(this.server.index);
    return why ? [noteRow(`${why.charAt(0).toUpperCase()}${why.slice(1)}.`, "", "sync"), ...rows] : rows;
  }

  private hitRows(): Row[] {
    return (this.answer?.result.hits ?? []).map((hit) => hitRow(hit, this.pick.value));
  }

  private fill(rows: Row[], busy = false): void {
    this.filled = true;
    this.pick.items = rows;
    this.pick.busy = busy;
    this.retitle();
  }

  private retitle(): void {
    const result = this.answer?.result;
    const found = result ? ` — ${count(result.hits.length, "place")} in ${Math.max(1, Math.round(result.tookMs))} ms` : "";
    const why = caveat(this.server.index ?? result?.index);
    this.pick.title = `${TITLE}${found}${why ? ` — ${why}` : ""}`;
  }

  private moved(row: Row | undefined): void {
    const delay = this.filled ? PREVIEW_TYPED_MS : PREVIEW_MOVED_MS;
    this.filled = false;
    if (!row?.hit || !setting<boolean>("search.preview", true)) return;
    const hit = row.hit;
    this.previews.run(delay, () => this.preview.show(hit));
  }

  private async accept(): Promise<void> {
    const row = this.pick.selectedItems[0] ?? this.pick.activeItems[0];
    if (row?.completes !== undefined) {
      this.pick.value = row.completes;
      this.typed(row.completes, 0);
    } else if (row?.command) {
      this.pick.hide();
      await vscode.commands.executeCommand(row.command);
    } else {
      await this.openRow(row, false);
    }
  }

  private async openRow(row: Row | undefined, side: boolean): Promise<void> {
    if (!row?.hit) return;
    this.accepted = true;
    this.previews.cancel();
    this.pick.hide();
    await this.targets.past.add(this.answer?.line ?? this.pick.value);
    if (side) await this.preview.restore();
    else this.preview.keep();
    await open(row.hit, { preview: false, ...(side ? { viewColumn: vscode.ViewColumn.Beside } : {}) });
  }

  private async hidden(): Promise<void> {
    this.searches.cancel();
    this.previews.cancel();
    await this.context(false);
    if (!this.accepted) await this.preview.restore();
    this.closed.fire();
  }

  private context(shown: boolean): Thenable<unknown> {
    return vscode.commands.executeCommand("setContext", "codetriever.searchOpen", shown);
  }
}

function failureRows(error: unknown): Row[] {
  if (!(error instanceof NotRunning)) return [noteRow(sentence(error), "", "error")];
  return [
    noteRow(error.message, "", "warning"),
    commandRow("Restart Server", "codetriever.restartServer", "debug-restart"),
    commandRow("Install or Update Server", "codetriever.installServer", "cloud-download"),
    commandRow("Show Log", "codetriever.showLog", "output"),
  ];
}

/** A call, since the answer changes while something is awaited. */
function over(token: vscode.CancellationToken): boolean {
  return token.isCancellationRequested;
}

function setting<T>(key: string, standard: T): T {
  return vscode.workspace.getConfiguration("codetriever").get<T>(key, standard);
}
