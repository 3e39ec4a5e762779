// Rows of the results view: files in the order of their best hit, hits in the order of their lines.

import type { Hit, SearchResult } from "../protocol.ts";

export interface FileNode {
  type: "file";
  uri: string;
  hits: HitNode[];
}

export interface HitNode {
  type: "hit";
  hit: Hit;
  file: FileNode;
}

export type Node = FileNode | HitNode;

export function grouped(result: SearchResult): FileNode[] {
  const files = new Map<string, FileNode>();
  for (const hit of result.hits) {
    let file = files.get(hit.uri);
    if (!file) files.set(hit.uri, (file = { type: "file", uri: hit.uri, hits: [] }));
    file.hits.push({ type: "hit", hit, file });
  }
  for (const file of files.values()) file.hits.sort((a, b) => a.hit.range.start.line - b.hit.range.start.line);
  return [...files.values()];
}

/** The files without `node`; a file whose last hit goes, goes too. */
export function without(files: readonly FileNode[], node: Node): FileNode[] {
  if (node.type === "file") return files.filter((file) => file !== node);
  node.file.hits = node.file.hits.filter((other) => other !== node);
  return files.filter((file) => file.hits.length > 0);
}
