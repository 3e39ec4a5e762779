// Search Code: a list that follows the keys.

import * as vscode from "vscode";
import type { SearchResult } from "../protocol.ts";
import { NotRunning, type Server } from "../server/server.ts";
import { ask, sentence } from "./ask.ts";
import { caveat, count, unmatched } from "./describe.ts";
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
  private readonly preview: Preview;
  private readonly vocabulary: WorkspaceVocabulary;
  private readonly listeners: vscode.Disposable[] = [];
  private end: () => void = () => undefined;
  /** Ends when the list is gone and the view is as it shall stay. */
  readonly ended = new Promise<void>((resolve) => { this.end = resolve; });
  private answer: { line: string; result: SearchResult } | undefined;
  private accepted = false;
  /** Rows were set just now, so the next active row is not one that the user moved to. */
  private filled = false;

  /** `earlier` ends when the search before this one has put its view back. */
  constructor(server: Server, targets: PickerTargets, earlier: Promise<void>) {
    this.server = server;
    this.targets = targets;
    this.preview = new Preview(earlier);
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
    lists.add(this);
    keysApply();
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
    await this.leave(async () => {
      await this.preview.restore(() => false);
      await this.targets.keep(line, result);
    });
  }

  hide(): void {
    this.pick.hide();
  }

  dispose(): void {
    this.searches.dispose();
    this.previews.dispose();
    this.preview.dispose();
    this.pick.dispose();
    for (const listener of this.listeners) listener.dispose();
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
      this.fill([...problems, ...failureRows(error, line)]);
    }
  }

  /** Filters that complete the last word. */
  private async offered(line: string): Promise<Row[]> {
    return hints(line, await this.vocabulary.for(line)).map(hintRow);
  }

  /** For a line without words: filters, and searches of before. */
  private starters(line: string): Row[] {
    if (this.server.failed) return failureRows(new NotRunning(this.server.excuse()), line);
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
    const hit = row?.hit;
    if (!hit) return;
    await this.leave(async () => {
      await this.targets.past.add(this.answer?.line ?? this.pick.value);
      if (side) await this.preview.restore(() => false);
      else this.preview.keep();
      await open(hit, { preview: false, ...(side ? { viewColumn: vscode.ViewColumn.Beside } : {}) });
    });
  }

  /** Closes the list with something chosen: the view does not go back. */
  private async leave(then: () => Promise<void>): Promise<void> {
    this.accepted = true;
    this.pick.hide();
    try {
      await then();
    } finally {
      this.end();
    }
  }

  private async hidden(): Promise<void> {
    this.searches.cancel();
    this.previews.cancel();
    lists.delete(this);
    keysApply();
    if (this.accepted) return;
    await this.preview.restore(() => lists.size === 0);
    this.end();
  }
}

/** Lists on the screen. That one is gone is heard late, when the next may be open already. */
const lists = new Set<SearchPicker>();

/** Whether Ctrl+Enter and Alt+Enter belong to the search. */
function keysApply(): void {
  void vscode.commands.executeCommand("setContext", "codetriever.searchOpen", lists.size > 0);
}

/** `typed` must not sort the rows: what is wrong comes first, and then what can be done. */
function failureRows(error: unknown, typed: string): Row[] {
  if (!(error instanceof NotRunning)) return [noteRow(sentence(error), "", "error")];
  return [
    noteRow(unmatched(error.message, typed), "", "warning"),
    commandRow(unmatched("Install or Update Server", typed), "codetriever.installServer", "cloud-download"),
    commandRow(unmatched("Restart Server", typed), "codetriever.restartServer", "debug-restart"),
    commandRow(unmatched("Show Log", typed), "codetriever.showLog", "output"),
  ];
}

/** A call, since the answer changes while something is awaited. */
function over(token: vscode.CancellationToken): boolean {
  return token.isCancellationRequested;
}

function setting<T>(key: string, standard: T): T {
  return vscode.workspace.getConfiguration("codetriever").get<T>(key, standard);
}
