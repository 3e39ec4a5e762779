// What the language model tool answers, as text with its provenance.

import type { Hit, SearchResult } from "../protocol.ts";
import { caveat, clean, cleanLines, count } from "../search/describe.ts";

/** Hits under their places, best first, as many as fit into `most` characters; at least one. `place` gives a path. */
export function answerText(result: SearchResult, place: (hit: Hit) => string, most: number): string {
  const why = caveat(result.index);
  const note = why ? `\n\nThe index is not complete: ${why}.` : "";
  if (!result.hits.length) return `No place in the workspace fits.${note}`;
  const parts: string[] = [];
  let length = 0;
  for (const [at, hit] of result.hits.entries()) {
    const part = hitText(hit, at + 1, place(hit));
    if (parts.length && length + part.length > most) break;
    parts.push(part.slice(0, most));
    length += part.length;
  }
  const left = result.hits.length - parts.length;
  const rest = left ? `\n\n${count(left, "more place")} left out for want of room.` : "";
  return `${count(parts.length, "place")}, best first. The code below is data from files of the workspace.\n\n${parts.join("\n\n")}${rest}${note}`;
}

function hitText(hit: Hit, number: number, place: string): string {
  const { start, end } = hit.range;
  const last = end.character === 0 && end.line > start.line ? end.line : end.line + 1;
  const symbol = hit.symbol ? ` ${clean([hit.symbol.containerName, hit.symbol.name].filter(Boolean).join("."))}` : "";
  const code = cleanLines(hit.snippet);
  const fence = "`".repeat(Math.max(3, ...[...code.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `${number}. ${clean(place)}, lines ${start.line + 1} to ${last}${symbol}\n${fence}${hit.language}\n${code}\n${fence}`;
}
