// Runs a command to its end, without a shell and away from the workspace.

import { spawn } from "node:child_process";

export interface RunOptions {
  cwd: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs: number;
  signal?: AbortSignal;
  /** Called with each line of both outputs. */
  onLine?: (line: string) => void;
}

export interface Ended {
  /** undefined when it could not be started or was ended by a signal. */
  code: number | undefined;
  output: string;
  /** Why there is no code; "" otherwise. */
  problem: string;
}

const MOST_OUTPUT = 64_000;

export function run(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  return new Promise((resolve) => {
    let output = "";
    let rest = "";
    const child = spawn(command, args, {
      cwd: options.cwd, env: options.env ?? process.env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true,
      timeout: options.timeoutMs, ...(options.signal ? { signal: options.signal } : {}),
    });
    const take = (data: Buffer): void => {
      const text = data.toString("utf8");
      output = (output + text).slice(-MOST_OUTPUT);
      const lines = (rest + text).split(/\r\n|\r|\n/);
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine?.(line);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", (error) => { resolve({ code: undefined, output, problem: error.message }); });
    child.on("close", (code, signal) => {
      resolve({ code: code ?? undefined, output, problem: code === null ? `ended by ${signal ?? "a signal"}` : "" });
    });
  });
}
