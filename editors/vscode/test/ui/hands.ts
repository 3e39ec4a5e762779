// What a user does with the search, and what can be seen of it.

import { mkdirSync, writeFileSync } from "node:fs";
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
    await this.code.page.locator(".quick-input-widget input.input").waitFor();
    await this.code.page.keyboard.type(name);
    await until(`${name} is offered first`, async () => (await this.code.rows())[0]?.includes(name) || undefined);
    await this.code.page.keyboard.press("Enter");
    await this.hasKeys(name);
  }

  /** The file is in front, and keys go into it. */
  async hasKeys(name: string): Promise<void> {
    await this.inFront(name);
    await this.code.page.locator(".editor-group-container.active .monaco-editor.focused").waitFor();
  }

  async inFront(name: string): Promise<void> {
    await this.code.page.locator(`.tab.active[data-resource-name="${name}"]`).first().waitFor();
  }

  line(): Promise<string> {
    return this.code.page.locator(".quick-input-widget input.input").inputValue();
  }

  /** An empty line, and the list that belongs to it. */
  async clearLine(): Promise<void> {
    await this.setLine("");
    await this.rowWith("lang:");
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

  /** File names of the first hits in the list, as soon as there are hits. */
  hitFiles(): Promise<string[]> {
    return until("hits are there", async () => {
      const places = (await this.code.rows()).map((row) => /([^, ]+):\d+, /.exec(row)?.[1]);
      return places.length && places.every((place) => place !== undefined) ? places.map((place) => path.basename(place)) : undefined;
    });
  }

  /** Where the cursor is, as the status bar tells. */
  async cursor(): Promise<string> {
    return /Ln \d+, Col \d+(?: \(\d+ selected\))?/.exec(await this.code.page.locator(".statusbar").innerText())?.[0] ?? "";
  }

  pane(): Promise<string> {
    return this.code.page.locator(".sidebar").innerText();
  }

  /** The results view says `text`, and its best place has the focus, so that nothing takes the keys away afterwards. */
  async sent(text: RegExp): Promise<void> {
    await until(`the results view says ${text.source}`, async () => text.exec(await this.pane())?.[0]);
    await this.code.page.locator(".sidebar .monaco-list:focus .monaco-list-row.selected").waitFor();
  }

  async widenSidebar(width: number): Promise<void> {
    const box = await this.code.page.locator(".part.sidebar").boundingBox();
    if (!box) throw new Error("there is no sidebar");
    const [edge, middle] = [box.x + box.width, box.y + box.height / 2];
    await this.code.page.mouse.move(edge, middle);
    await this.code.page.mouse.down();
    await this.code.page.mouse.move(box.x + width, middle, { steps: 5 });
    await this.code.page.mouse.up();
    await this.code.page.mouse.move(0, 0);
  }

  async tabs(): Promise<string[]> {
    const names = await this.code.page.locator(".tabs-container .tab").evaluateAll((all) => all.map((tab) => tab.getAttribute("data-resource-name") ?? ""));
    return names;
  }

  times(): Promise<Times> {
    return this.code.page.evaluate(() => (window as unknown as { codetriever: Times }).codetriever);
  }

  /** A picture for the documentation, once the screen stands still. */
  async image(name: string): Promise<void> {
    mkdirSync(PLACES.images, { recursive: true });
    let before: Buffer = Buffer.alloc(0);
    const picture = await until("two pictures in a row are equal", async () => {
      const now = await this.code.page.screenshot({ animations: "disabled" });
      const equal = now.equals(before);
      before = now;
      return equal ? now : undefined;
    });
    writeFileSync(path.join(PLACES.images, `${name}.png`), picture);
  }

  /** From now on: when the first change of the line comes, and when rows of hits stand there after it. */
  async watch(): Promise<void> {
    await this.code.page.evaluate(watchFirstHit);
  }
}

/** In the page, while no hit is listed. */
function watchFirstHit(): void {
  const times: Times = { first: 0, hit: 0 };
  (window as unknown as { codetriever: Times }).codetriever = times;
  const input = document.querySelector<HTMLInputElement>(".quick-input-widget input.input");
  input?.addEventListener("input", () => { times.first ||= performance.now(); }, { capture: true });
  const look = (): void => {
    const rows = [...document.querySelectorAll(".quick-input-list .monaco-list-row")];
    if (times.first && rows.some((row) => /:\d+, /.test(row.getAttribute("aria-label") ?? ""))) times.hit = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
