// Rows of the search list.

import * as vscode from "vscode";
import type { Hit, SearchResult } from "../protocol.ts";
import { caveat, clean, codeLine, escapeIcons, iconOf, nameOf, unmatched } from "./describe.ts";
import type { Hint } from "./hints.ts";
import { placeOf } from "./places.ts";

export interface Row extends vscode.QuickPickItem {
  hit?: Hit;
  /** The line that the row puts into the input. */
  completes?: string;
  /** A command that the row runs. */
  command?: string;
}

export const TO_SIDE: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon("split-horizontal"), tooltip: "Open to the Side (Ctrl+Enter)" };

export function hitRow(hit: Hit, typed: string): Row {
  const container = clean(hit.symbol?.containerName ?? "");
  const place = clean(placeOf(hit));
  return {
    label: `$(${iconOf(hit)}) ${unmatched(escapeIcons(nameOf(hit)), typed)}`,
    description: escapeIcons(container ? `${container} · ${place}` : place),
    detail: escapeIcons(codeLine(hit)),
    alwaysShow: true,
    buttons: [TO_SIDE],
    hit,
  };
}

export function hintRow(hint: Hint): Row {
  return { label: `$(filter) ${hint.label}`, description: hint.description, alwaysShow: true, completes: hint.value };
}

export function pastRow(line: string): Row {
  return { label: `$(history) ${escapeIcons(line)}`, alwaysShow: true, completes: line };
}

export function noteRow(text: string, detail = "", icon = "info"): Row {
  return { label: `$(${icon}) ${escapeIcons(text)}`, alwaysShow: true, ...(detail ? { detail: escapeIcons(detail) } : {}) };
}

export function commandRow(text: string, command: string, icon: string): Row {
  return { label: `$(${icon}) ${text}`, alwaysShow: true, command };
}

/** Says that nothing fits, and what may be the reason. */
export function nothingRows(answer: SearchResult, filtered: boolean): Row[] {
  const rows = [noteRow("Nothing fits.", filtered ? "Fewer filters, or other words, may find more." : "Other words may find more.", "search")];
  const why = caveat(answer.index);
  if (why) rows.push(noteRow(`The answer may be incomplete: ${why}.`, "", "sync"));
  return rows;
}
