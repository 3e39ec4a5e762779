// What the status item and Show Status say.

import type { FolderStatus, IndexState } from "../protocol.ts";
import { count } from "../search/describe.ts";

export interface ItemText {
  text: string;
  /** Drawn with a warning background. */
  warning: boolean;
  headline: string;
}

/** `server` is the kind of the server's state, `message` what it says of itself. */
export function itemText(server: string, message: string, index: IndexState | undefined): ItemText {
  if (server === "starting" || server === "stopped") {
    return { text: "$(loading~spin) Codetriever", warning: false, headline: server === "starting" ? "Starting" : "Not running" };
  }
  if (server !== "running") return { text: "$(warning) Codetriever", warning: true, headline: message };
  if (!index) return { text: "$(search-fuzzy) Codetriever", warning: false, headline: "Running" };
  const files = index.files.toLocaleString("en");
  if (index.state === "indexing") {
    const all = index.files + index.pending;
    const share = index.pending && all ? ` ${Math.floor((100 * index.files) / all)}%` : "";
    return { text: `$(sync~spin) Codetriever${share}`, warning: false, headline: `Indexing: ${count(index.pending, "file")} to go, ${files} done` };
  }
  if (index.state === "degraded") return { text: `$(warning) ${files}`, warning: true, headline: index.message ?? "The index is not in order" };
  if (index.state === "empty") return { text: "$(search-fuzzy) Codetriever", warning: false, headline: "Nothing is indexed yet" };
  return { text: `$(search-fuzzy) ${files}`, warning: false, headline: `${count(index.files, "file")} searchable` };
}

/** The lines of one folder: a name and a value each. */
export function folderLines(folder: FolderStatus): [name: string, value: string][] {
  const state = folder.pending ? `${folder.state}, ${count(folder.pending, "file")} to go` : folder.state;
  const dimension = folder.model.dimension ? `, ${folder.model.dimension} dimensions` : "";
  const skipped = Object.entries(folder.skipped).map(([reason, files]) => `${reason} ${files.toLocaleString("en")}`);
  const lines: [string, string][] = [
    ["State", folder.lastError ? `${state}: ${folder.lastError}` : state],
    ["Index", `${count(folder.files, "file")}, ${count(folder.chunks, "chunk")}, ${count(folder.symbols, "symbol")}, ${bytes(folder.storeBytes)}`],
    ["Languages", most(folder.languages)],
    ["Model", `${folder.model.name}${dimension}`],
    ["Changes", { native: "noticed at once", polling: "found by polling", off: "not watched" }[folder.watcher] ?? folder.watcher],
  ];
  if (skipped.length) lines.push(["Not indexed", skipped.join(", ")]);
  return lines.filter(([, value]) => value);
}

/** A path as a reader knows it: `~` stands for the home folder. */
export function tilde(file: string, home: string): string {
  const rest = file.slice(home.length);
  return home && file.startsWith(home) && /^(?:[/\\]|$)/.test(rest) ? `~${rest}` : file;
}

export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  return n < 1_000_000 ? `${Math.round(n / 1_000)} kB` : `${(n / 1_000_000).toFixed(1)} MB`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return seconds < 3_600 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

function most(languages: Record<string, number>): string {
  const sorted = Object.entries(languages).sort(([, a], [, b]) => b - a);
  const named = sorted.slice(0, 6).map(([name, files]) => `${name} ${files.toLocaleString("en")}`);
  return named.join(", ") + (sorted.length > 6 ? ` and ${sorted.length - 6} more` : "");
}
