// The server as the rest of the extension sees it: found, started, asked, restarted after a crash, and what to say if not.

import { mkdir } from "node:fs/promises";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { type IndexState, METHODS, overall, type SimilarParams, type Status } from "../protocol.ts";
import { Backoff } from "./backoff.ts";
import { find, type Found } from "./find.ts";
import { ownEnvironment } from "./install.ts";
import { serverEnvironment } from "./options.ts";
import { selectedPython } from "./python.ts";
import { run } from "./run.ts";

export type ServerState =
  | { kind: "stopped" | "starting" }
  | { kind: "running"; command: string; origin: string; version: string }
  | { kind: "missing" | "too old" | "broken"; message: string }
  | { kind: "waiting"; message: string };

export class NotRunning extends Error {}

const STOP_TIMEOUT_MS = 4_000;

export class Server implements vscode.Disposable {
  private readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onDidChange = this.changed.event;
  private readonly indexChanged = new vscode.EventEmitter<IndexState>();
  readonly onDidChangeIndex = this.indexChanged.event;
  private readonly similarAsked = new vscode.EventEmitter<SimilarParams>();
  readonly onDidAskSimilar = this.similarAsked.event;
  private readonly backoff = new Backoff();
  private current: ServerState = { kind: "stopped" };
  private client: LanguageClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Starts and stops run one after the other. */
  private queue: Promise<void> = Promise.resolve();
  index: IndexState | undefined;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    this.context = context;
    this.log = log;
  }

  get state(): ServerState {
    return this.current;
  }

  /** Whether nothing runs and nothing will without somebody doing something. */
  get failed(): boolean {
    return ["missing", "too old", "broken"].includes(this.current.kind);
  }

  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  /** `engine`: end the engine too, which all editors share; it comes back with the next request. */
  restart(engine = false): Promise<void> {
    this.backoff.reset();
    return this.inTurn(async () => {
      const command = this.current.kind === "running" ? this.current.command : undefined;
      await this.stopNow();
      if (engine && command) await this.stopEngine(command);
      await this.startNow();
    });
  }

  /** Raises NotRunning with a sentence for the user. */
  async request<R>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<R> {
    await this.queue;
    if (!this.client || this.current.kind !== "running") throw new NotRunning(this.excuse());
    // An undefined token would be taken for a second parameter.
    return token ? this.client.sendRequest<R>(method, params, token) : this.client.sendRequest<R>(method, params);
  }

  excuse(): string {
    if ("message" in this.current) return this.current.message;
    return this.current.kind === "starting" ? "The language server is starting." : "The language server is not running.";
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
    this.indexChanged.dispose();
    this.similarAsked.dispose();
  }

  private inTurn(action: () => Promise<void>): Promise<void> {
    const next = this.queue.then(action);
    this.queue = next.catch((error: unknown) => { this.log.error(String(error)); });
    return next;
  }

  private async startNow(): Promise<void> {
    if (this.client) return;
    clearTimeout(this.timer);
    this.become({ kind: "starting" });
    const cwd = this.context.globalStorageUri.fsPath;
    await mkdir(cwd, { recursive: true });
    const outcome = await find(await this.surroundings(), this.leastVersion(), cwd, serverEnvironment());
    if (outcome.kind !== "found") {
      for (const line of outcome.tried) this.log.warn(line);
      this.log.warn(outcome.message);
      this.become({ kind: outcome.kind, message: outcome.message });
      return;
    }
    if (outcome.warning) this.log.warn(outcome.warning);
    await this.connect(outcome, cwd);
  }

  private async connect({ candidate, version }: Found, cwd: string): Promise<void> {
    this.log.info(`starting ${candidate.command} ${version} (${candidate.origin})`);
    const { makeClient } = await import("./client.ts");
    const client: LanguageClient = makeClient(candidate.command, cwd, this.log, {
      closed: () => { this.died(client); },
      similar: (params) => { this.similarAsked.fire(params); },
    });
    this.client = client;
    client.onNotification(METHODS.indexStatus, (index: IndexState) => { this.indexIs(index); });
    try {
      await client.start();
    } catch (error) {
      this.log.error(`the server did not start: ${String(error)}`);
      this.died(client);
      return;
    }
    if (this.client !== client) return;
    this.backoff.started();
    this.become({ kind: "running", command: candidate.command, origin: candidate.origin, version });
    void this.firstCounts(client);
  }

  /** The server tells its state when that changes; a folder that is indexed already does not change. */
  private async firstCounts(client: LanguageClient): Promise<void> {
    try {
      const status = await client.sendRequest<Status>(METHODS.status, {});
      if (this.client === client && !this.index && status.folders.length) this.indexIs(overall(status.folders));
    } catch (error) {
      this.log.warn(`codetriever/status: ${String(error)}`);
    }
  }

  private async stopNow(): Promise<void> {
    clearTimeout(this.timer);
    const client = this.client;
    this.client = undefined;
    this.index = undefined;
    if (client) await client.stop(STOP_TIMEOUT_MS).catch((error: unknown) => { this.log.warn(`stop: ${String(error)}`); });
    await client?.dispose().catch(() => undefined);
    this.become({ kind: "stopped" });
  }

  private died(client: LanguageClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.index = undefined;
    void client.dispose().catch(() => undefined);
    const wait = this.backoff.died();
    if (wait === undefined) {
      this.become({ kind: "broken", message: "The language server ended again and again. Its log may say why." });
      return;
    }
    this.log.warn(`the server ended unexpectedly; it starts again in ${wait} ms`);
    this.become({ kind: "waiting", message: "The language server ended unexpectedly and is about to start again." });
    this.timer = setTimeout(() => void this.start(), wait);
  }

  private async stopEngine(command: string): Promise<void> {
    const cacheDir = vscode.workspace.getConfiguration("codetriever").get<string>("cacheDir", "");
    const env = { ...serverEnvironment(), ...(cacheDir ? { CODETRIEVER_CACHE_DIR: cacheDir } : {}) };
    const ended = await run(command, ["stop"], { cwd: this.context.globalStorageUri.fsPath, env, timeoutMs: STOP_TIMEOUT_MS * 2 });
    this.log.info(`codetriever-lsp stop: ${ended.problem || ended.output.trim() || `exit code ${ended.code}`}`);
  }

  private async surroundings() {
    const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    return {
      setting: vscode.workspace.getConfiguration("codetriever").get<string>("server.path", "").trim(),
      python: await selectedPython(this.log),
      path: process.env["PATH"] ?? "",
      own: ownEnvironment(this.context),
      untrusted: vscode.workspace.isTrusted ? [] : folders,
      windows: process.platform === "win32",
    };
  }

  private leastVersion(): string {
    return (this.context.extension.packageJSON as { serverVersion: string }).serverVersion;
  }

  private indexIs(index: IndexState): void {
    this.index = index;
    this.indexChanged.fire(index);
  }

  private become(state: ServerState): void {
    this.current = state;
    void vscode.commands.executeCommand("setContext", "codetriever.server", this.failed ? "missing" : state.kind);
    void vscode.commands.executeCommand("setContext", "codetriever.serverRunning", state.kind === "running");
    this.changed.fire(state);
  }
}
