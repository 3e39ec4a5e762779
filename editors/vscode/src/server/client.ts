// One conversation with one server process. It ends when the process does; `Server` decides what then.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type * as vscode from "vscode";
import {
  CloseAction, type ClientCapabilities, ErrorAction, type FeatureState, LanguageClient, type LanguageClientOptions,
  RevealOutputChannelOn, type StaticFeature,
} from "vscode-languageclient/node";
import type { SimilarParams } from "../protocol.ts";
import { indexSettings, initializationOptions, serverEnvironment } from "./options.ts";

export interface ClientEvents {
  closed(): void;
  /** The code action "Find similar code" was chosen. */
  similar(params: SimilarParams): void;
}

export function makeClient(command: string, cwd: string, log: vscode.LogOutputChannel, events: ClientEvents): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: "file" }],
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: initializationOptions(),
    // How a server that dies is started again is decided in one place, in server.ts.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        events.closed();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
    initializationFailedHandler: () => false,
    middleware: {
      workspace: {
        configuration: (params) => params.items.map((item) => (item.section === "codetriever" ? indexSettings() : null)),
      },
      executeCommand: (name, args: unknown[], next): unknown => {
        if (name !== "codetriever.similar") return next(name, args) as unknown;
        events.similar(args[0] as SimilarParams);
        return undefined;
      },
    },
  };
  const client = new QuietClient("codetriever", "Codetriever", () => start(command, cwd, log), options);
  client.registerFeature(new OwnProgress());
  return client;
}

/** What goes wrong with the process is told once, with buttons, by trouble.ts; the library would tell each attempt. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

async function start(command: string, cwd: string, log: vscode.LogOutputChannel): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(command, [], { cwd, env: serverEnvironment(), windowsHide: true });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  createInterface({ input: child.stderr }).on("line", (line) => { logLine(log, line); });
  return child;
}

/** The server writes `date time LEVEL logger: text`. */
function logLine(log: vscode.LogOutputChannel, line: string): void {
  const match = /^[\d-]+ [\d:,]+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$/.exec(line);
  const text = `server: ${match?.[2] ?? line}`;
  if (!match || match[1] === "INFO") log.info(text);
  else if (match[1] === "DEBUG") log.debug(text);
  else if (match[1] === "WARNING") log.warn(text);
  else log.error(text);
}

/** The status item shows the progress of indexing; a second display of the same beside it would be noise. */
class OwnProgress implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.window = { ...capabilities.window, workDoneProgress: false };
  }

  initialize(): void {
    // Nothing to set up: the notification codetriever/indexStatus tells the same.
  }

  getState(): FeatureState {
    return { kind: "static" };
  }

  clear(): void {
    // Nothing is kept.
  }
}
