// What the server is told of the settings.

import * as vscode from "vscode";

/** Keys that a workspace may set: they only narrow what is indexed, and apply while the server runs. */
export const INDEX_KEYS = ["include", "exclude", "maxFileBytes", "languagesOff"] as const;

/** Keys that only the user sets; the server reads them when it starts. */
export const ENGINE_KEYS = [
  "model", "modelPath", "allowDownload", "cacheDir", "threads", "largestFileBytes", "lingerS", "batterySaver", "watcher", "qdrantUrl",
  "qdrantApiKey", "logLevel",
] as const;

/** Keys after whose change the server must start again. */
export const START_KEYS = [...ENGINE_KEYS, "documentSymbols", "server.path", "server.env"] as const;

type Values = Record<string, unknown>;

/** `initializationOptions`. Only what somebody has set is passed on, so the configuration file of the server keeps its say. */
export function initializationOptions(): Values {
  const settings = vscode.workspace.getConfiguration("codetriever");
  return { ...values(INDEX_KEYS, settings), ...values(ENGINE_KEYS, settings), documentSymbols: settings.get<boolean>("documentSymbols", false) };
}

/** The answer to `workspace/configuration`: nothing that is the user's own goes out again and again. */
export function indexSettings(): Values {
  const settings = vscode.workspace.getConfiguration("codetriever");
  return Object.fromEntries(INDEX_KEYS.map((key) => [key, settings.get(key)]));
}

/** Environment of the server: that of VS Code, and what the setting adds. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, ...vscode.workspace.getConfiguration("codetriever").get<Record<string, string>>("server.env", {}) };
}

function values(keys: readonly string[], settings: vscode.WorkspaceConfiguration): Values {
  return Object.fromEntries(keys.filter((key) => isSet(settings, key)).map((key) => [key, settings.get(key)]));
}

function isSet(settings: vscode.WorkspaceConfiguration, key: string): boolean {
  const found = settings.inspect(key);
  return found !== undefined && [found.globalValue, found.workspaceValue, found.workspaceFolderValue].some((value) => value !== undefined);
}
