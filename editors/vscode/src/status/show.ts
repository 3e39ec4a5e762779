// Show Status: the details behind the status item, and what can be done.

import { homedir } from "node:os";
import * as vscode from "vscode";
import { METHODS, type Status } from "../protocol.ts";
import { sentence } from "../search/ask.ts";
import { escapeIcons } from "../search/describe.ts";
import type { Server } from "../server/server.ts";
import { bytes, duration, folderLines, tilde } from "./text.ts";

interface Row extends vscode.QuickPickItem {
  command?: string;
  copies?: string;
}

export async function showStatus(server: Server): Promise<void> {
  const rows = statusRows(server);
  const row = await vscode.window.showQuickPick(rows, { title: "Codetriever: Status", placeHolder: "Enter copies a line, or runs a command", matchOnDescription: true });
  if (row?.command) await vscode.commands.executeCommand(row.command);
  else if (row?.copies) await vscode.env.clipboard.writeText(row.copies);
}

async function statusRows(server: Server): Promise<Row[]> {
  const rows: Row[] = [heading("Server"), ...serverRows(server)];
  try {
    const status = await server.request<Status>(METHODS.status, {});
    rows.push(...engineRows(status));
    for (const folder of status.folders) {
      rows.push(heading(tilde(vscode.Uri.parse(folder.folder).fsPath, homedir())), ...folderLines(folder).map(([name, value]) => line(name, value)));
    }
  } catch (error) {
    if (server.state.kind === "running") rows.push(line("Problem", sentence(error)));
  }
  return [...rows, heading("Commands"), ...commandRows(server)];
}

function serverRows(server: Server): Row[] {
  const { state } = server;
  const rows = state.kind === "running"
    ? [line("Server", `${state.version}, ${tilde(state.command, homedir())} (${state.origin})`)]
    : [line("Server", server.excuse())];
  if (!vscode.workspace.isTrusted) {
    rows.push(line("Restricted", "this workspace is not trusted: its settings are not read, and no server or Python environment in it is started"));
  }
  return rows;
}

function engineRows({ engine }: Status): Row[] {
  const clients = engine.clients === 1 ? "1 client" : `${engine.clients} clients`;
  return [
    line("Engine", `${engine.version}, process ${engine.pid}, up ${duration(engine.uptimeSeconds)}, ${clients}, ${bytes(engine.memoryBytes)}`),
    line("Cache", tilde(engine.cacheDir, homedir())),
  ];
}

function commandRows(server: Server): Row[] {
  const rows = [
    command("Restart Server", "codetriever.restartServer", "debug-restart"), command("Show Log", "codetriever.showLog", "output"),
    command("Settings", "codetriever.openSettings", "gear"), command("Install or Update Server", "codetriever.installServer", "cloud-download"),
  ];
  if (!vscode.workspace.isTrusted) rows.unshift(command("Manage Workspace Trust", "workbench.trust.manage", "shield"));
  return server.state.kind === "running" ? [command("Reindex…", "codetriever.reindexWorkspace", "sync"), ...rows] : rows;
}

function heading(label: string): Row {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function line(label: string, value: string): Row {
  return { label, description: escapeIcons(value), copies: `${label}: ${value}` };
}

function command(label: string, name: string, icon: string): Row {
  return { label: `$(${icon}) ${label}`, command: name };
}
