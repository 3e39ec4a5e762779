// The custom requests of codetriever-lsp, as docs/protocol.md describes them. Nothing here knows VS Code.

export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

export type Mode = "hybrid" | "lexical" | "semantic";

export interface Filters {
  languages?: string[];
  paths?: string[];
  kinds?: string[];
  folders?: string[];
}

export interface SearchParams {
  query: string;
  limit?: number;
  filters?: Filters;
  mode?: Mode;
}

export interface SimilarParams {
  textDocument: { uri: string };
  range?: Range;
  position?: Position;
  limit?: number;
  filters?: Filters;
}

export interface HitSymbol {
  name: string;
  /** LSP's number of a SymbolKind. */
  kind: number;
  containerName?: string;
  selectionRange: Range;
}

export interface Hit {
  uri: string;
  range: Range;
  language: string;
  /** 0 to 1, comparable within one answer. */
  score: number;
  symbol?: HitSymbol;
  snippet: string;
}

export interface IndexState {
  state: "empty" | "indexing" | "ready" | "degraded";
  generation: number;
  files: number;
  pending: number;
  message?: string;
}

export interface SearchResult {
  hits: Hit[];
  index: IndexState;
  tookMs: number;
}

export interface FolderStatus {
  folder: string;
  state: IndexState["state"];
  files: number;
  chunks: number;
  symbols: number;
  pending: number;
  languages: Record<string, number>;
  skipped: Record<string, number>;
  model: { name: string; dimension?: number; source?: string };
  storePath: string;
  storeBytes: number;
  generation: number;
  watcher: string;
  lastError?: string;
}

export interface Status {
  engine: { pid: number; version: string; uptimeSeconds: number; clients: number; memoryBytes: number; cacheDir: string };
  folders: FolderStatus[];
}

export const METHODS = {
  search: "codetriever/search",
  similar: "codetriever/similar",
  status: "codetriever/status",
  reindex: "codetriever/reindex",
  sync: "codetriever/sync",
  indexStatus: "codetriever/indexStatus",
} as const;

/** Names of LSP's SymbolKind; the number of a kind is its place here, counted from 1. */
export const KINDS = [
  "file", "module", "namespace", "package", "class", "method", "property", "field", "constructor", "enum",
  "interface", "function", "variable", "constant", "string", "number", "boolean", "array", "object", "key",
  "null", "enumMember", "struct", "event", "operator", "typeParameter",
] as const;

const WORST_FIRST = ["degraded", "indexing", "empty", "ready"] as const;

/** The state of several folders as one, as the server sums them up. */
export function overall(folders: readonly FolderStatus[]): IndexState {
  const state = WORST_FIRST.find((one) => folders.some((folder) => folder.state === one)) ?? "empty";
  const message = folders.find((folder) => folder.state === state)?.lastError;
  return {
    state,
    generation: Math.max(0, ...folders.map((folder) => folder.generation)),
    files: folders.reduce((sum, folder) => sum + folder.files, 0),
    pending: folders.reduce((sum, folder) => sum + folder.pending, 0),
    ...(message ? { message } : {}),
  };
}
