// Finds a server that works: asks each candidate for its version.

import { type Candidate, candidates, type Surroundings } from "./candidates.ts";
import { run } from "./run.ts";
import { judge, versionIn } from "./version.ts";

export interface Found {
  kind: "found";
  candidate: Candidate;
  version: string;
  /** Something to tell once although the server works; "" for nothing. */
  warning: string;
}

export interface NotFound {
  kind: "missing" | "too old" | "broken";
  message: string;
  /** What was tried, one line each, for the log. */
  tried: string[];
}

const VERSION_TIMEOUT_MS = 20_000;

/** `least` is the oldest version of the server that will do. */
export async function find(around: Surroundings, least: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Found | NotFound> {
  const failures: NotFound[] = [];
  for (const candidate of await candidates(around)) {
    const outcome = await probe(candidate, least, cwd, env);
    if (outcome.kind === "found") return outcome;
    failures.push(outcome);
  }
  const tried = failures.flatMap((failure) => failure.tried);
  const worst = failures.find((failure) => failure.kind === "too old") ?? failures[0];
  if (worst) return { ...worst, tried };
  return { kind: "missing", message: "The language server codetriever-lsp was not found.", tried };
}

async function probe(candidate: Candidate, least: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Found | NotFound> {
  const { command, origin } = candidate;
  const ended = await run(command, ["--version"], { cwd, env, timeoutMs: VERSION_TIMEOUT_MS });
  const version = ended.code === 0 ? versionIn(ended.output) : undefined;
  if (!version) {
    const reason = ended.problem || (ended.code === 0 ? "it does not tell its version" : lastLine(ended.output) || `exit code ${ended.code}`);
    return { kind: "broken", message: `The language server ${command} (${origin}) does not start: ${reason}`, tried: [`${command} (${origin}): ${reason}`] };
  }
  const verdict = judge(version, least);
  if (verdict === "too old") {
    const message = `The language server ${command} (${origin}) is version ${version}; this extension needs ${least} or newer.`;
    return { kind: "too old", message, tried: [`${command} (${origin}): version ${version} is too old`] };
  }
  const warning = `The language server ${command} is version ${version}, newer than this extension was made for. Update the extension if something fails.`;
  return { kind: "found", candidate, version, warning: verdict === "too new" ? warning : "" };
}

function lastLine(output: string): string {
  return output.trim().split(/\r\n|\r|\n/).at(-1)?.slice(0, 300) ?? "";
}
