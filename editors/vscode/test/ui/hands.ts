// What a user does with the search, and what can be seen of it.

import { mkdirSync } from "node:fs";
import * as path from "node:path";
import { PLACES, until, type Workbench } from "./workbench.ts";

export interface Times {
  first: number;
  hit: number;
}

export class Hands {
  private readonly code: Workbench;

  constructor(code: Workbench) {
    this.code = code;
  }

  async openSearch(): Promise<void> {
    await this.code.page.keyboard.press("Control+Alt+f");
    await this.code.page.locator(".quick-input-title", { hasText: "Codetriever: Search Code" }).waitFor();
  }

  async close(): Promise<void> {
    await this.code.page.keyboard.press("Escape");
    await this.code.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  async goToFile(name: string): Promise<void> {
    await this.code.page.keyboard.press("Control+p");
    await this.code.page.keyboard.type(name);
    await until(`${name} is offered first`, async () => (await this.code.rows())[0]?.includes(name) || undefined);
    await this.code.page.keyboard.press("Enter");
    await until(`${name} is in front`, async () => (await this.code.page.locator(".tab.active").innerText()).includes(name) || undefined);
  }

  line(): Promise<string> {
    return this.code.page.locator(".quick-input-widget input.input").inputValue();
  }

  async setLine(text: string): Promise<void> {
    await this.code.page.keyboard.press("Control+a");
    if (text) await this.code.page.keyboard.insertText(text);
    else await this.code.page.keyboard.press("Delete");
  }

  title(): Promise<string> {
    return this.code.page.locator(".quick-input-title").innerText();
  }

  rowWith(text: string): Promise<string> {
    return until(`a row says ${text}`, async () => (await this.code.rows()).find((row) => row.includes(text)), 20_000);
  }

  /** Rows after two equal looks, so that an answer to an older line is not taken. */
  async settledRows(text: string): Promise<string[]> {
    let seen = "";
    return until(`the list for ${text} has settled`, async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      const rows = await this.code.rows();
      if (rows.length && rows.join("\n") === seen) return rows;
      seen = rows.join("\n");
      return undefined;
    });
  }

  pane(): Promise<string> {
    return this.code.page.locator(".sidebar").innerText();
  }

  async tabs(): Promise<string[]> {
    const names = await this.code.page.locator(".tabs-container .tab").evaluateAll((all) => all.map((tab) => tab.getAttribute("data-resource-name") ?? ""));
    return names;
  }

  times(): Promise<Times> {
    return this.code.page.evaluate(() => (window as unknown as { codetriever: Times }).codetriever);
  }

  async image(name: string): Promise<void> {
    mkdirSync(PLACES.images, { recursive: true });
    await this.code.page.waitForTimeout(500);
    await this.code.page.screenshot({ path: path.join(PLACES.images, `${name}.png`), scale: "css" });
  }

  /** From now on: when the first change of the line comes, and when rows of hits stand there after it. */
  async watch(): Promise<void> {
    await this.code.page.evaluate(watchFirstHit);
  }
}

/** In the page: notes when the first change of the line came, and when rows of hits stood there after it. */
function watchFirstHit(): void {
  const times: Times = { first: 0, hit: 0 };
  (window as unknown as { codetriever: Times }).codetriever = times;
  const input = document.querySelector<HTMLInputElement>(".quick-input-widget input.input");
  const before = new Set(document.querySelectorAll(".quick-input-list .monaco-list-row"));
  input?.addEventListener("input", () => { times.first ||= performance.now(); }, { capture: true });
  const look = (): void => {
    const rows = [...document.querySelectorAll(".quick-input-list .monaco-list-row")];
    const hits = rows.filter((row) => /:\d+, /.test(row.getAttribute("aria-label") ?? "") && !before.has(row));
    if (times.first && !times.hit && hits.length) times.hit = performance.now();
    else if (!times.hit) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
