// How the results view draws its rows.

import * as vscode from "vscode";
import { clean, codeLine, count, escapeIcons, iconOf, lineOf, nameOf } from "../search/describe.ts";
import type { FileNode, HitNode, Node } from "./nodes.ts";

const SNIPPET_LINES = 20;

export class ResultsTree implements vscode.TreeDataProvider<Node> {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private files: readonly FileNode[] = [];

  get roots(): readonly FileNode[] {
    return this.files;
  }

  set roots(files: readonly FileNode[]) {
    this.files = files;
    this.changed.fire(undefined);
  }

  getChildren(node?: Node): Node[] {
    if (!node) return [...this.files];
    return node.type === "file" ? node.hits : [];
  }

  getParent(node: Node): Node | undefined {
    return node.type === "hit" ? node.file : undefined;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.type === "file" ? fileItem(node) : hitItem(node);
  }
}

function fileItem(node: FileNode): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.Uri.parse(node.uri, true), vscode.TreeItemCollapsibleState.Expanded);
  const path = vscode.workspace.asRelativePath(item.resourceUri ?? node.uri);
  item.iconPath = vscode.ThemeIcon.File;
  item.description = `${path.includes("/") ? `${clean(path.slice(0, path.lastIndexOf("/")))} · ` : ""}${node.hits.length}`;
  item.tooltip = `${clean(path)}: ${count(node.hits.length, "place")}`;
  item.contextValue = "file";
  return item;
}

function hitItem(node: HitNode): vscode.TreeItem {
  const { hit } = node;
  const item = new vscode.TreeItem(nameOf(hit));
  const container = clean(hit.symbol?.containerName ?? "");
  item.iconPath = new vscode.ThemeIcon(iconOf(hit));
  item.description = `${lineOf(hit) + 1}${container ? ` · ${container}` : ""} · ${codeLine(hit)}`;
  item.tooltip = tooltip(node);
  item.contextValue = "hit";
  item.command = { command: "codetriever.results.open", title: "Open", arguments: [node] };
  return item;
}

/** Not trusted: text of a file cannot make links or run commands. */
function tooltip({ hit }: HitNode): vscode.MarkdownString {
  const lines = hit.snippet.split(/\r\n|\r|\n/);
  const text = new vscode.MarkdownString();
  text.appendText(escapeIcons(`${clean(hit.symbol?.containerName ? `${hit.symbol.containerName}.` : "")}${nameOf(hit)}`));
  text.appendCodeblock(lines.slice(0, SNIPPET_LINES).join("\n") + (lines.length > SNIPPET_LINES ? "\n…" : ""), hit.language);
  return text;
}
