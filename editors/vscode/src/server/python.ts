// The interpreter that is selected in the Python extension, if that is there. It is asked through its published API only.

import * as vscode from "vscode";

interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

const PATIENCE_MS = 10_000;

/** undefined in a workspace that is not trusted: an environment may come with it. */
export async function selectedPython(log: vscode.LogOutputChannel): Promise<string | undefined> {
  const environments = vscode.workspace.isTrusted ? (await api(log))?.environments : undefined;
  if (!environments) return undefined;
  try {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const environment = await within(environments.resolveEnvironment(environments.getActiveEnvironmentPath(folder)));
    return environment?.executable.uri?.fsPath;
  } catch (error) {
    log.warn(`the Python extension does not tell its environment: ${String(error)}`);
    return undefined;
  }
}

/** Calls back when another interpreter is selected. */
export async function onPythonChange(log: vscode.LogOutputChannel, changed: () => void): Promise<vscode.Disposable | undefined> {
  return (await api(log))?.environments?.onDidChangeActiveEnvironmentPath(changed);
}

async function api(log: vscode.LogOutputChannel): Promise<PythonApi | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (!extension) return undefined;
  try {
    return await within(Promise.resolve(extension.activate()));
  } catch (error) {
    log.warn(`the Python extension does not start: ${String(error)}`);
    return undefined;
  }
}

function within<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, new Promise<undefined>((resolve) => { setTimeout(resolve, PATIENCE_MS, undefined).unref(); })]);
}
