// What can stand in a filter: languages of the index, and entries of the folder that is being typed.

import * as vscode from "vscode";
import { METHODS, type Status } from "../protocol.ts";
import type { Server } from "../server/server.ts";
import { typedFolder, type Vocabulary } from "./hints.ts";

const MOST_ENTRIES = 2_000;

export class WorkspaceVocabulary {
  private readonly server: Server;
  private languages: Record<string, number> = {};
  private readonly listed = new Map<string, string[]>();

  constructor(server: Server) {
    this.server = server;
  }

  async loadLanguages(): Promise<void> {
    const status = await this.server.request<Status>(METHODS.status, {});
    for (const folder of status.folders) {
      for (const [name, files] of Object.entries(folder.languages)) this.languages[name] = (this.languages[name] ?? 0) + files;
    }
  }

  /** What is known for this line; folders are listed once. */
  async for(line: string): Promise<Vocabulary> {
    const folder = typedFolder(line);
    if (folder === undefined) return { languages: this.languages, paths: [] };
    let paths = this.listed.get(folder);
    if (!paths) this.listed.set(folder, (paths = await list(folder)));
    return { languages: this.languages, paths };
  }
}

async function list(folder: string): Promise<string[]> {
  // Filters match paths below a workspace folder; nothing outside is listed.
  if (folder.split("/").includes("..")) return [];
  const names = new Set<string>();
  for (const root of vscode.workspace.workspaceFolders ?? []) {
    try {
      const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(root.uri, folder));
      for (const [name, type] of entries.slice(0, MOST_ENTRIES)) {
        if (!name.startsWith(".")) names.add(`${folder}${name}${type === vscode.FileType.Directory ? "/" : ""}`);
      }
    } catch {
      // The folder is being typed; it need not exist.
    }
  }
  return [...names].sort((a, b) => Number(b.endsWith("/")) - Number(a.endsWith("/")) || a.localeCompare(b));
}
