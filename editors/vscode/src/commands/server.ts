// Commands around the server itself.

import * as vscode from "vscode";
import { install } from "../server/install.ts";
import type { Server } from "../server/server.ts";
import { showStatus } from "../status/show.ts";

export function registerServerCommands(context: vscode.ExtensionContext, server: Server): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand("codetriever.showStatus", () => showStatus(server)),
    vscode.commands.registerCommand("codetriever.restartServer", () => server.restart(true)),
    vscode.commands.registerCommand("codetriever.showLog", () => { server.log.show(); }),
    vscode.commands.registerCommand("codetriever.installServer", () => installServer(context, server)),
    vscode.commands.registerCommand("codetriever.openSettings", () => openSettings(context)),
    vscode.commands.registerCommand("codetriever.openWalkthrough", () =>
      vscode.commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`, false)),
  );
}

async function installServer(context: vscode.ExtensionContext, server: Server): Promise<void> {
  const version = await install(context, server.log);
  if (!version) return;
  await server.restart(true);
  if (server.state.kind === "running") {
    void vscode.window.showInformationMessage(`Codetriever: the language server ${version} is installed and running.`);
  }
}

function openSettings(context: vscode.ExtensionContext): Thenable<unknown> {
  return vscode.commands.executeCommand("workbench.action.openSettings", `@ext:${context.extension.id}`);
}
