// How a hit and the state of the index read in a list. Texts of the workspace are cleaned: no control or bidirectional
// characters, and no `$(icon)` that VS Code would draw.

import { type Hit, type IndexState, KINDS } from "../protocol.ts";

const MOST_CHARACTERS = 200;

// C0, C1, soft hyphen, Arabic letter mark, zero width, bidirectional marks, embeddings, overrides and isolates, BOM, tags.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** One line without characters that hide or turn others around. */
export function clean(text: string): string {
  return text.replaceAll("\t", " ").replace(UNSEEN, "").slice(0, MOST_CHARACTERS);
}

/** The same for many lines: tabs and line breaks stay. */
export function cleanLines(text: string): string {
  return text.split(/\r\n|\r|\n/).map((line) => line.replace(UNSEEN, (one) => (one === "\t" ? one : ""))).join("\n");
}

/** For places where VS Code draws icons. */
export function escapeIcons(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

/** The codicon of a hit, by the kind of its symbol. */
export function iconOf(hit: Hit): string {
  const kind = hit.symbol && KINDS[hit.symbol.kind - 1];
  if (!kind) return "symbol-file";
  return `symbol-${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The name of a hit's symbol, or of its file. */
export function nameOf(hit: Hit): string {
  return clean(hit.symbol?.name ?? "") || clean(fileName(hit.uri)) || hit.language;
}

function fileName(uri: string): string {
  const name = uri.slice(uri.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The line that names the symbol, or else the first one that says something. */
export function codeLine(hit: Hit): string {
  const lines = hit.snippet.split(/\r\n|\r|\n/);
  const named = hit.symbol ? lines[hit.symbol.selectionRange.start.line - hit.range.start.line] : undefined;
  const line = named?.trim() ? named : lines.find((text) => /[\p{L}\p{N}]/u.test(text));
  return clean((line ?? "").trim());
}

/** Where the name of the symbol stands if that is within the hit, else the first line; counted from 0. */
export function lineOf(hit: Hit): number {
  const line = hit.symbol?.selectionRange.start.line ?? -1;
  return line >= hit.range.start.line && line <= hit.range.end.line ? line : hit.range.start.line;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** What a reader must know about how complete an answer is; "" when it is. */
export function caveat(index: IndexState | undefined): string {
  if (!index) return "";
  if (index.state === "empty") return "nothing is indexed yet";
  if (index.state === "indexing") return `still indexing, ${count(index.pending, "file")} to go`;
  return index.state === "degraded" ? clean(index.message ?? "the index is not in order") : "";
}

/**
 * `label` so that VS Code does not sort it by how it matches `typed`: hits keep the order of the server.
 *
 * A list item whose label matches what is typed moves up, and stable API cannot switch that off. An invisible word
 * joiner inside each match keeps the matcher from seeing it. Only one-word queries can match a label at all.
 */
export function unmatched(label: string, typed: string): string {
  const word = typed.trim();
  if (!word || /\s/.test(word)) return label;
  const joined = word.length === 1 ? splitAll(label, word) : splitAll(label, word.slice(0, 2));
  // The matcher of camel case gives up on words with too few letters: `gws` must not move `getWorkspaceSymbol` up.
  return `\u2060${joined}${"\u2060".repeat(label.length)}`;
}

function splitAll(label: string, pair: string): string {
  const lower = label.toLowerCase();
  const wanted = pair.toLowerCase();
  let out = "";
  for (let at = 0; at < label.length; at += 1) {
    out += label.charAt(at);
    if (wanted.length === 2 && lower.startsWith(wanted, at)) out += "\u2060";
  }
  return out;
}
