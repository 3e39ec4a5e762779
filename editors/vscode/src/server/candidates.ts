// Where a server may be. Nothing is started here, and a workspace never decides: its folders are passed over.

import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import * as path from "node:path";

export type Origin = "setting" | "selected Python environment" | "PATH" | "own environment";

export interface Candidate {
  origin: Origin;
  command: string;
}

export const COMMAND = "codetriever-lsp";

export interface Surroundings {
  /** The setting `codetriever.server.path`. */
  setting: string;
  /** The interpreter selected in the Python extension; undefined without one, and in untrusted workspaces. */
  python: string | undefined;
  /** PATH as the editor has it. */
  path: string;
  /** The folder of the environment that this extension made. */
  own: string | undefined;
  /** Folders of the workspace while it is not trusted: no command below them is taken from PATH. */
  untrusted: readonly string[];
  windows: boolean;
}

/** Commands that exist, best first. A setting stands alone: it is not replaced by something else in silence. */
export async function candidates(around: Surroundings): Promise<Candidate[]> {
  if (around.setting) return [{ origin: "setting", command: expandHome(around.setting) }];
  const found: Candidate[] = [];
  const offer = async (origin: Origin, folder: string): Promise<void> => {
    const command = path.join(folder, around.windows ? `${COMMAND}.exe` : COMMAND);
    if (!found.some((other) => other.command === command) && (await executable(command))) found.push({ origin, command });
  };
  if (around.python) await offer("selected Python environment", scriptsOf(around.python, around.windows));
  for (const folder of pathFolders(around)) await offer("PATH", folder);
  if (around.own) await offer("own environment", binOf(around.own, around.windows));
  return found;
}

/** The folder of commands in an environment. */
export function binOf(environment: string, windows: boolean): string {
  return path.join(environment, windows ? "Scripts" : "bin");
}

export function expandHome(file: string): string {
  return file === "~" || /^~[/\\]/.test(file) ? path.join(homedir(), file.slice(1)) : file;
}

/** A relative entry of PATH would depend on the folder that is open. */
export function pathFolders(around: Pick<Surroundings, "path" | "untrusted" | "windows">): string[] {
  const folders = around.path.split(around.windows ? ";" : ":").filter((folder) => path.isAbsolute(folder));
  return folders.filter((folder) => !around.untrusted.some((root) => within(root, folder)));
}

/** On Windows a base installation has python.exe beside Scripts, an environment within it. */
function scriptsOf(python: string, windows: boolean): string {
  const folder = path.dirname(python);
  return windows && path.basename(folder).toLowerCase() !== "scripts" ? path.join(folder, "Scripts") : folder;
}

function within(root: string, folder: string): boolean {
  const relative = path.relative(root, folder);
  return relative === "" || (!relative.startsWith("..") && !path.isAbsolute(relative));
}

async function executable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
