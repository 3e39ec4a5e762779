// What the extension consists of. Each part gets what it needs and nothing more.

import * as vscode from "vscode";
import { registerReindex } from "./commands/reindex.ts";
import { registerResults } from "./commands/results.ts";
import { registerSearch } from "./commands/searchCode.ts";
import { registerServerCommands } from "./commands/server.ts";
import { registerSimilar } from "./commands/findSimilar.ts";
import { Results } from "./results/results.ts";
import { PastSearches } from "./search/past.ts";
import { Server } from "./server/server.ts";
import { watchTrouble } from "./server/trouble.ts";
import { StatusItem } from "./status/item.ts";
import { SearchTool, TOOL } from "./tool/search.ts";

/** What `activate` gives to other extensions: nothing that is promised, it is there for the tests. */
export interface Inside {
  server: Server;
  results: Results;
  status: StatusItem;
}

let running: Server | undefined;

export function activate(context: vscode.ExtensionContext): Inside {
  const log = vscode.window.createOutputChannel("Codetriever", { log: true });
  const server = new Server(context, log);
  const results = new Results(server, context.workspaceState);
  const status = new StatusItem(server);
  running = server;
  context.subscriptions.push(
    log, server, results, status, watchTrouble(server),
    registerSearch(server, new PastSearches(context.workspaceState), results),
    registerSimilar(server, results), registerResults(results), registerReindex(server), registerServerCommands(context, server),
    vscode.lm.registerTool(TOOL, new SearchTool(server)),
  );
  void server.start();
  return { server, results, status };
}

export function deactivate(): Promise<void> | undefined {
  return running?.stop();
}
