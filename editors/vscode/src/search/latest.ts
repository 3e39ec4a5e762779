// Runs the newest of a series of actions. Each waits for a pause and then cancels the one before; while calls keep coming,
// one runs now and then, so that who types on sees answers meanwhile.

import * as vscode from "vscode";

/** Milliseconds after which an action starts although others keep coming. */
const PATIENCE_MS = 250;

type Action = (token: vscode.CancellationToken) => Promise<void>;

export class Latest implements vscode.Disposable {
  private pause: NodeJS.Timeout | undefined;
  private patience: NodeJS.Timeout | undefined;
  private running: vscode.CancellationTokenSource | undefined;
  private newest: Action | undefined;

  /** `action` starts after `delayMs` without another call. */
  run(delayMs: number, action: Action): void {
    clearTimeout(this.pause);
    this.newest = action;
    this.pause = setTimeout(() => { this.start(); }, delayMs);
    this.patience ??= setTimeout(() => {
      this.patience = undefined;
      if (!this.running) this.start();
    }, Math.max(delayMs, PATIENCE_MS));
  }

  /** Neither what waits nor what runs goes on. */
  cancel(): void {
    clearTimeout(this.pause);
    clearTimeout(this.patience);
    this.patience = undefined;
    this.newest = undefined;
    this.running?.cancel();
    this.running = undefined;
  }

  dispose(): void {
    this.cancel();
  }

  private start(): void {
    const action = this.newest;
    this.cancel();
    if (!action) return;
    const source = new vscode.CancellationTokenSource();
    this.running = source;
    void action(source.token).finally(() => {
      if (this.running === source) this.running = undefined;
      source.dispose();
    });
  }
}
