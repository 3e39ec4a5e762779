// What can be done in the results view.

import * as vscode from "vscode";
import type { Node } from "../results/nodes.ts";
import type { Results } from "../results/results.ts";

export function registerResults(results: Results): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand("codetriever.results.refresh", () => results.askAgain()),
    vscode.commands.registerCommand("codetriever.results.history", () => results.pickFromHistory()),
    vscode.commands.registerCommand("codetriever.results.clear", () => { results.clear(); }),
    vscode.commands.registerCommand("codetriever.results.open", (node: Node) => results.open(node)),
    vscode.commands.registerCommand("codetriever.results.openToSide", (node: Node) => results.open(node, true)),
    vscode.commands.registerCommand("codetriever.results.dismiss", (node: Node) => { results.dismiss(node); }),
    vscode.commands.registerCommand("codetriever.results.copyPath", (node: Node) => results.copyPath(node)),
  );
}
