// The status item: state, counts and progress; a click shows the details.

import { homedir } from "node:os";
import * as vscode from "vscode";
import type { Server } from "../server/server.ts";
import { itemText, tilde } from "./text.ts";

export class StatusItem implements vscode.Disposable {
  private readonly server: Server;
  private readonly item = vscode.window.createStatusBarItem("codetriever.status", vscode.StatusBarAlignment.Left, -10);
  private readonly listeners: vscode.Disposable[];

  constructor(server: Server) {
    this.server = server;
    this.item.name = "Codetriever";
    this.item.command = "codetriever.showStatus";
    const update = (): void => { this.update(); };
    this.listeners = [server.onDidChange(update), server.onDidChangeIndex(update), vscode.workspace.onDidGrantWorkspaceTrust(update)];
    this.update();
    this.item.show();
  }

  /** What the item says, for tests. */
  get text(): string {
    return this.item.text;
  }

  dispose(): void {
    for (const listener of this.listeners) listener.dispose();
    this.item.dispose();
  }

  private update(): void {
    const { state, index } = this.server;
    const { text, warning, headline } = itemText(state.kind, this.server.excuse(), index);
    this.item.text = text;
    this.item.backgroundColor = warning ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
    const tooltip = new vscode.MarkdownString(undefined, true);
    tooltip.appendMarkdown("**Codetriever**\n\n").appendText(headline);
    if (state.kind === "running") tooltip.appendMarkdown("\n\n").appendText(`Server ${state.version} from ${state.origin}: ${tilde(state.command, homedir())}`);
    if (!vscode.workspace.isTrusted) tooltip.appendMarkdown("\n\nRestricted: this workspace is not trusted.");
    tooltip.appendMarkdown("\n\nClick for details.");
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: `Codetriever: ${headline}` };
  }
}
