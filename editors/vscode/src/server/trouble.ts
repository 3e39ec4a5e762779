// Says once, with buttons, that there is no server; and starts one again when the reason may be gone.

import * as vscode from "vscode";
import { START_KEYS } from "./options.ts";
import { onPythonChange } from "./python.ts";
import type { Server, ServerState } from "./server.ts";

const INSTALL = "Install Server";
const UPDATE = "Update Server";
const RESTART = "Restart Server";
const SETTING = "Open Setting";
const LOG = "Show Log";

const COMMANDS: Record<string, [command: string, argument?: string]> = {
  [INSTALL]: ["codetriever.installServer"],
  [UPDATE]: ["codetriever.installServer"],
  [RESTART]: ["codetriever.restartServer"],
  [SETTING]: ["workbench.action.openSettings", "codetriever.server.path"],
  [LOG]: ["codetriever.showLog"],
};

export function watchTrouble(server: Server): vscode.Disposable {
  const again = (): void => { if (server.failed) void server.restart(); };
  let known = startValues();
  const listeners = [
    server.onDidChange((state) => void tell(state)),
    vscode.workspace.onDidGrantWorkspaceTrust(again),
    vscode.workspace.onDidChangeConfiguration(() => {
      const [before, now] = [known, startValues()];
      known = now;
      void settingsChanged(server, before, now);
    }),
  ];
  void onPythonChange(server.log, again).then((listener) => { if (listener) listeners.push(listener); });
  return new vscode.Disposable(() => { for (const listener of listeners) listener.dispose(); });
}

/** The buttons that help: a wrong setting is not mended by installing something. */
export function buttons(kind: ServerState["kind"], fromSetting: boolean): string[] {
  if (fromSetting) return [SETTING, LOG];
  if (kind === "missing") return [INSTALL, SETTING];
  return kind === "too old" ? [UPDATE, SETTING] : [RESTART, INSTALL, LOG];
}

async function tell(state: ServerState): Promise<void> {
  if (state.kind !== "missing" && state.kind !== "too old" && state.kind !== "broken") return;
  const fromSetting = state.message.includes("(setting)");
  const chosen = await vscode.window.showErrorMessage(`Codetriever: ${state.message}`, ...buttons(state.kind, fromSetting));
  const [command, argument] = (chosen && COMMANDS[chosen]) || [];
  if (command) await vscode.commands.executeCommand(command, ...(argument ? [argument] : []));
}

/** What counts is the value in force: a workspace may name what it likes without anything starting again. */
function startValues(): Map<string, string> {
  const settings = vscode.workspace.getConfiguration("codetriever");
  return new Map(START_KEYS.map((key) => [key, JSON.stringify(settings.get(key))]));
}

/** Another path is tried at once; what the running engine would not take is asked about. */
async function settingsChanged(server: Server, before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): Promise<void> {
  const changed = START_KEYS.filter((key) => before.get(key) !== now.get(key));
  if (!changed.length) return;
  if (server.failed || changed.includes("server.path")) {
    await server.restart();
    return;
  }
  const chosen = await vscode.window.showInformationMessage("Codetriever: the setting takes effect when the server has restarted.", RESTART);
  if (chosen) await vscode.commands.executeCommand("codetriever.restartServer");
}
