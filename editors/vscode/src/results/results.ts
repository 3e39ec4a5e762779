// The results view: places that stay, can be asked for again, and past ones.

import * as vscode from "vscode";
import type { SearchResult } from "../protocol.ts";
import { ask, type Question, sentence, titleOf } from "../search/ask.ts";
import { caveat, count, lineOf } from "../search/describe.ts";
import { open, uriOf } from "../search/places.ts";
import type { Server } from "../server/server.ts";
import { grouped, type Node, without } from "./nodes.ts";
import { ResultsTree } from "./tree.ts";

const VIEW = "codetriever.results";
const KEY = "codetriever.history";
const MOST = 30;

export class Results implements vscode.Disposable {
  private readonly server: Server;
  private readonly memory: vscode.Memento;
  private readonly tree = new ResultsTree();
  private readonly view = vscode.window.createTreeView<Node>(VIEW, { treeDataProvider: this.tree, showCollapseAll: true });
  private question: Question | undefined;
  /** Answers that come back after a newer question are dropped. */
  private turn = 0;

  constructor(server: Server, memory: vscode.Memento) {
    this.server = server;
    this.memory = memory;
  }

  get history(): readonly Question[] {
    return this.memory.get<Question[]>(KEY, []);
  }

  /** The rows that are shown, for tests. */
  get shown() {
    return this.tree.roots;
  }

  async show(question: Question, answer: SearchResult): Promise<void> {
    this.turn += 1;
    await this.remember(question);
    this.fill(question, answer);
    const best = this.tree.roots[0]?.hits.find(({ hit }) => hit === answer.hits[0]);
    if (best) await this.view.reveal(best, { focus: true, select: true });
    else await vscode.commands.executeCommand(`${VIEW}.focus`);
  }

  /** Asks, shows progress in the view, and fills it; a failure is told there. */
  async askAgain(question: Question | undefined = this.question): Promise<void> {
    if (!question) return;
    const turn = ++this.turn;
    try {
      const answer = await vscode.window.withProgress({ location: { viewId: VIEW } }, () => ask(this.server, question));
      if (turn === this.turn) this.fill(question, answer);
    } catch (error) {
      if (turn === this.turn) this.view.message = `${titleOf(question)}: ${sentence(error)}`;
    }
  }

  async pickFromHistory(): Promise<void> {
    const rows = this.history.map((question) => ({
      label: `$(${question.kind === "search" ? "search" : "search-fuzzy"}) ${titleOf(question).replaceAll("$(", "\\$(")}`, question,
    }));
    const placeHolder = rows.length ? "A past search to run again" : "No place was sent here yet: press Alt+Enter in the search";
    const row = await vscode.window.showQuickPick(rows, { placeHolder, title: "Codetriever: Past Searches" });
    if (!row) return;
    await vscode.commands.executeCommand(`${VIEW}.focus`);
    await this.remember(row.question);
    await this.askAgain(row.question);
    const first = this.tree.roots[0];
    if (first) await this.view.reveal(first, { select: false }); // the view stays scrolled as the last answer was
  }

  clear(): void {
    this.turn += 1;
    this.question = undefined;
    this.tree.roots = [];
    this.view.message = "";
    this.view.description = "";
    this.hasResults(false);
  }

  dismiss(node: Node): void {
    this.tree.roots = without(this.tree.roots, node);
    if (this.tree.roots.length === 0) this.clear();
  }

  async open(node: Node, side = false): Promise<void> {
    if (node.type === "file") await vscode.window.showTextDocument(vscode.Uri.parse(node.uri, true));
    else await open(node.hit, { preserveFocus: !side, ...(side ? { viewColumn: vscode.ViewColumn.Beside } : {}) });
  }

  async copyPath(node: Node): Promise<void> {
    const uri = node.type === "file" ? vscode.Uri.parse(node.uri, true) : uriOf(node.hit);
    const path = vscode.workspace.asRelativePath(uri);
    await vscode.env.clipboard.writeText(node.type === "file" ? path : `${path}:${lineOf(node.hit) + 1}`);
  }

  dispose(): void {
    this.view.dispose();
  }

  private fill(question: Question, answer: SearchResult): void {
    this.question = question;
    this.tree.roots = grouped(answer);
    const why = caveat(answer.index);
    const found = answer.hits.length
      ? `${count(answer.hits.length, "place")} in ${count(this.tree.roots.length, "file")}`
      : "Nothing fits";
    this.view.description = titleOf(question);
    this.view.message = `${titleOf(question)} — ${found}${why ? ` — ${why}` : ""}`;
    this.hasResults(true);
  }

  private async remember(question: Question): Promise<void> {
    const others = this.history.filter((other) => titleOf(other) !== titleOf(question));
    await this.memory.update(KEY, [question, ...others].slice(0, MOST));
  }

  private hasResults(yes: boolean): void {
    void vscode.commands.executeCommand("setContext", "codetriever.hasResults", yes);
  }
}
