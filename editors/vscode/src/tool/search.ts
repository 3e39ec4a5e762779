// The language model tool `codetriever_search`: agents find code by what it does.

import * as vscode from "vscode";
import { type Filters, KINDS, METHODS, type SearchParams, type SearchResult } from "../protocol.ts";
import { sentence } from "../search/ask.ts";
import { uriOf } from "../search/places.ts";
import type { Server } from "../server/server.ts";
import { answerText } from "./text.ts";

export const TOOL = "codetriever_search";

interface Input {
  query: string;
  limit?: number;
  languages?: string[];
  paths?: string[];
  kinds?: string[];
}

const LIMIT = 10;
const MOST_LIMIT = 50;
/** Tokens where the caller names no budget, and characters that a token is taken for. */
const TOKENS = 6_000;
const CHARACTERS = 3;

export class SearchTool implements vscode.LanguageModelTool<Input> {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  prepareInvocation({ input }: vscode.LanguageModelToolInvocationPrepareOptions<Input>): vscode.PreparedToolInvocation {
    return { invocationMessage: `Searching code: ${input.query.slice(0, 100)}` };
  }

  async invoke(options: vscode.LanguageModelToolInvocationOptions<Input>, token: vscode.CancellationToken): Promise<vscode.LanguageModelToolResult> {
    const budget = options.tokenizationOptions?.tokenBudget ?? TOKENS;
    try {
      const result = await this.server.request<SearchResult>(METHODS.search, params(options.input), token);
      const text = answerText(result, (hit) => vscode.workspace.asRelativePath(uriOf(hit)), budget * CHARACTERS);
      return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
    } catch (error) {
      if (token.isCancellationRequested) throw new vscode.CancellationError();
      throw new Error(`${sentence(error)} Use another way to search.`, { cause: error });
    }
  }
}

/** A model may send more than it should: limits are clamped and unknown kinds left out instead of refused. */
function params(input: Input): SearchParams {
  const filters: Filters = {};
  if (input.languages?.length) filters.languages = input.languages.map((name) => name.toLowerCase());
  if (input.paths?.length) filters.paths = input.paths;
  const kinds = input.kinds?.filter((kind) => KINDS.some((name) => name === kind));
  if (kinds?.length) filters.kinds = kinds;
  return { query: input.query, limit: Math.min(MOST_LIMIT, Math.max(1, Math.trunc(input.limit ?? LIMIT))), filters };
}
