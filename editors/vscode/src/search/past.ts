// Lines that were searched for and led somewhere, newest first; kept for the workspace.

import type { Memento } from "vscode";

const KEY = "codetriever.searches";
const MOST = 50;

export class PastSearches {
  private readonly memory: Memento;

  constructor(memory: Memento) {
    this.memory = memory;
  }

  get lines(): readonly string[] {
    return this.memory.get<string[]>(KEY, []);
  }

  async add(line: string): Promise<void> {
    const text = line.trim();
    if (text) await this.memory.update(KEY, [text, ...this.lines.filter((other) => other !== text)].slice(0, MOST));
  }
}
