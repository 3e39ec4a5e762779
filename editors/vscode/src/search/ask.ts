// One search, from a typed line to an answer.

import * as vscode from "vscode";
import { METHODS, type Mode, type SearchParams, type SearchResult, type SimilarParams } from "../protocol.ts";
import type { Server } from "../server/server.ts";
import { parse } from "./query.ts";

/** What was asked; enough to ask it again. */
export type Question = { kind: "search"; line: string } | { kind: "similar"; params: SimilarParams; title: string };

export function titleOf(question: Question): string {
  return question.kind === "search" ? question.line : question.title;
}

/** Raises what the server answers: NotRunning, or an error with a sentence for the user. */
export function ask(server: Server, question: Question, token?: vscode.CancellationToken): Promise<SearchResult> {
  const settings = vscode.workspace.getConfiguration("codetriever");
  const limit = settings.get<number>("search.limit", 30);
  if (question.kind === "similar") return server.request(METHODS.similar, { ...question.params, limit }, token);
  const query = parse(question.line);
  const mode = query.mode ?? settings.get<Mode>("search.mode", "hybrid");
  const params: SearchParams = { query: query.text, limit, filters: query.filters, mode };
  return server.request(METHODS.search, params, token);
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
