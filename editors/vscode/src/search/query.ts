// What a typed line means: words to search for, and filters such as `lang:go path:src/** kind:function mode:lexical`.

import { type Filters, KINDS, type Mode } from "../protocol.ts";

export interface Query {
  /** What is left without the filters. */
  text: string;
  filters: Filters;
  mode?: Mode;
  /** Filters that cannot be meant, one sentence each. They are not sent. */
  problems: string[];
}

export interface Token {
  text: string;
  start: number;
}

export type FilterKey = "lang" | "path" | "kind" | "mode";

export const MODES: readonly Mode[] = ["hybrid", "lexical", "semantic"];

const KEYS: ReadonlyMap<string, FilterKey> = new Map([
  ["lang", "lang"], ["language", "lang"], ["path", "path"], ["file", "path"], ["kind", "kind"], ["mode", "mode"],
]);

const LANGUAGE_ALIASES: ReadonlyMap<string, string> = new Map(Object.entries({
  py: "python", js: "javascript", ts: "typescript", rs: "rust", rb: "ruby", golang: "go", "c++": "cpp", "c#": "csharp",
  cs: "csharp", kt: "kotlin", sh: "bash", shell: "bash", md: "markdown", yml: "yaml", hs: "haskell", ex: "elixir",
}));

/** Split at white space; a quoted part belongs to one token, its quotes stay. An open quote runs to the end. */
export function tokens(line: string): Token[] {
  return [...line.matchAll(/(?:"[^"]*(?:"|$)|[^\s"])+/g)].map((match) => ({ text: match[0], start: match.index }));
}

/** The filter that a token is, with what follows its colon; undefined for plain text (`std::vector`, `"lang:x"`). */
export function filterOf(token: string): { key: FilterKey; value: string; negated: boolean } | undefined {
  const match = /^(-?)([a-z]+):(?!:)(.*)$/i.exec(token);
  const key = match && KEYS.get((match[2] ?? "").toLowerCase());
  return key ? { key, value: unquoted(match[3] ?? ""), negated: match[1] === "-" } : undefined;
}

export function parse(line: string): Query {
  const words: string[] = [];
  const query: Query = { text: "", filters: {}, problems: [] };
  for (const token of tokens(line)) {
    const filter = filterOf(token.text);
    if (!filter) {
      words.push(token.text);
    } else if (filter.value) {
      // A glob may hold commas in braces; names never do.
      const values = filter.key === "path" ? [filter.value] : filter.value.split(",").filter(Boolean);
      for (const value of values) add(query, filter.key, value, filter.negated);
    }
  }
  query.text = words.join(" ");
  return query;
}

function add(query: Query, key: FilterKey, value: string, negated: boolean): void {
  if (negated && key !== "path") {
    query.problems.push(`-${key}: is not possible; only paths can be left out`);
  } else if (key === "lang") {
    push(query.filters, "languages", LANGUAGE_ALIASES.get(value.toLowerCase()) ?? value.toLowerCase());
  } else if (key === "path") {
    const glob = value.endsWith("/") ? `${value}**` : value;
    push(query.filters, "paths", negated && !glob.startsWith("!") ? `!${glob}` : glob);
  } else if (key === "kind") {
    addKind(query, value);
  } else {
    const mode = MODES.find((name) => name === value.toLowerCase());
    if (mode) query.mode = mode;
    else query.problems.push(`mode:${value} is unknown; known are ${MODES.join(", ")}`);
  }
}

function addKind(query: Query, value: string): void {
  const kind = KINDS.find((name) => name.toLowerCase() === value.toLowerCase());
  if (kind) push(query.filters, "kinds", kind);
  else query.problems.push(`kind:${value} is unknown`);
}

function push(filters: Filters, field: "languages" | "paths" | "kinds", value: string): void {
  const list = (filters[field] ??= []);
  if (!list.includes(value)) list.push(value);
}

function unquoted(value: string): string {
  return value.replaceAll('"', "");
}
