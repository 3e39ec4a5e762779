// Completion of the filter that is being typed at the end of the query.

import { KINDS } from "../protocol.ts";
import { type FilterKey, filterOf, MODES, tokens } from "./query.ts";

export interface Hint {
  /** The whole line when the hint is taken. */
  value: string;
  label: string;
  description: string;
}

/** What can stand in a filter. `paths` are folders (with a slash at the end) and files below the folder that is typed. */
export interface Vocabulary {
  languages: Readonly<Record<string, number>>;
  paths: readonly string[];
}

const FILTERS: readonly (readonly [FilterKey, string])[] = [
  ["lang", "only some languages, as lang:go or lang:python,rust"],
  ["path", "only some files, as path:src/** or -path:**/test_*"],
  ["kind", "only some kinds of symbols, as kind:function"],
  ["mode", "words and meaning (hybrid), words and names (lexical), or meaning (semantic)"],
];

const MOST = 8;

/** The filters as such, for a line that is still empty. */
export function filterHints(line: string): Hint[] {
  return FILTERS.map(([key, description]) => ({ value: `${line}${key}:`, label: `${key}:`, description }));
}

/** Hints for the last word of `line`, best first; none where it is no filter. */
export function hints(line: string, vocabulary: Vocabulary): Hint[] {
  const last = tokens(line).at(-1);
  if (!last || last.start + last.text.length !== line.length) return [];
  const filter = filterOf(last.text);
  if (!filter) return partial(line, last.text, last.start);
  const colon = line.indexOf(":", last.start) + 1;
  const comma = filter.key === "path" ? -1 : line.lastIndexOf(",");
  const head = line.slice(0, comma >= colon ? comma + 1 : colon);
  const typed = line.slice(head.length).replaceAll('"', "").toLowerCase();
  const fitting = candidates(filter.key, vocabulary).filter(([name]) => fits(name.toLowerCase(), typed, filter.key));
  return fitting.slice(0, MOST).map(([name, description]) => hint(head, filter.key, name, description));
}

/** The folder whose entries complete the last word of `line`, "" for the top; undefined where no path is typed. */
export function typedFolder(line: string): string | undefined {
  const last = tokens(line).at(-1);
  const filter = last && last.start + last.text.length === line.length ? filterOf(last.text) : undefined;
  if (filter?.key !== "path" || /[*?[{]/.test(filter.value)) return undefined;
  const path = filter.value.replace(/^!/, "");
  return path.slice(0, path.lastIndexOf("/") + 1);
}

function partial(line: string, word: string, start: number): Hint[] {
  if (word.length < 2) return [];
  const found = FILTERS.filter(([key]) => key.startsWith(word.toLowerCase()));
  return found.map(([key, description]) => ({ value: `${line.slice(0, start)}${key}:`, label: `${key}:`, description }));
}

function candidates(key: FilterKey, vocabulary: Vocabulary): [name: string, description: string][] {
  if (key === "kind") return KINDS.map((kind) => [kind, ""]);
  if (key === "mode") return MODES.map((mode) => [mode, ""]);
  if (key === "path") return vocabulary.paths.map((path) => [path, path.endsWith("/") ? "folder" : "file"]);
  const languages = Object.entries(vocabulary.languages).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  return languages.map(([name, files]) => [name, files === 1 ? "1 file" : `${files.toLocaleString("en")} files`]);
}

function fits(name: string, typed: string, key: FilterKey): boolean {
  return name !== typed && name.startsWith(key === "path" ? typed.replace(/^!/, "") : typed);
}

function hint(head: string, key: FilterKey, name: string, description: string): Hint {
  // After a folder one goes on typing the path, after anything else the next word.
  const text = key !== "path" || !/\s/.test(name) ? name : `"${name}`;
  const value = name.endsWith("/") ? head + text : `${head}${text}${text.startsWith('"') ? '"' : ""} `;
  return { value, label: `${key}:${name}`, description };
}
