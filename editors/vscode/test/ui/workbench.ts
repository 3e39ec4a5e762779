// The real workbench in a browser without a screen.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import * as path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

export const PLACES = {
  /** lib/vscode of code-server. */
  workbench: need("CODETRIEVER_WORKBENCH"),
  node: need("CODETRIEVER_NODE"),
  chromium: need("CODETRIEVER_CHROMIUM"),
  vsix: need("CODETRIEVER_VSIX"),
  server: need("CODETRIEVER_SERVER"),
  python: need("CODETRIEVER_PYTHON"),
  scratch: need("CODETRIEVER_SCRATCH"),
  images: need("CODETRIEVER_IMAGES"),
};

export interface WorkbenchOptions {
  name: string;
  folder: string;
  /** Machine settings. */
  settings?: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  trust?: boolean;
  /** What to install instead of the built VSIX. */
  vsix?: string;
  query?: (host: string) => string;
}

export class Workbench {
  readonly page: Page;
  readonly data: string;
  readonly url: string;
  private readonly child: ChildProcess;
  private readonly browser: Browser;

  private constructor(page: Page, browser: Browser, child: ChildProcess, data: string, url: string) {
    this.page = page;
    this.browser = browser;
    this.child = child;
    this.data = data;
    this.url = url;
  }

  static async open(options: WorkbenchOptions, prepare?: (page: Page) => Promise<void>): Promise<Workbench> {
    const data = path.join(PLACES.scratch, options.name);
    mkdirSync(path.join(data, "data", "Machine"), { recursive: true });
    const settings = { "telemetry.telemetryLevel": "off", "workbench.startupEditor": "none", "chat.disableAIFeatures": true, "workbench.secondarySideBar.defaultVisibility": "hidden", ...options.settings };
    writeFileSync(path.join(data, "data", "Machine", "settings.json"), JSON.stringify(settings));
    // With VSCODE_CLI the extension host takes this environment, and not that of a login shell.
    const env = { ...process.env, VSCODE_CLI: "1", ...options.env };
    const common = ["--server-data-dir", data, "--extensions-dir", path.join(data, "extensions"), "--accept-server-license-terms"];
    execFileSync(PLACES.node, ["out/server-main.js", ...common, "--install-extension", options.vsix ?? PLACES.vsix], { cwd: PLACES.workbench, env, stdio: "pipe" });
    const port = await freePort();
    const trust = options.trust ? [] : ["--disable-workspace-trust"];
    const args = ["out/server-main.js", ...common, "--without-connection-token", "--enable-smoke-test-driver", "--host", "127.0.0.1", "--port", String(port), ...trust];
    const child = spawn(PLACES.node, args, { cwd: PLACES.workbench, env, stdio: ["ignore", "pipe", "pipe"] });
    await said(child, "Extension host agent listening");
    const browser = await chromium.launch({ executablePath: PLACES.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
    const page = await browser.newPage({ viewport: { width: 1120, height: 720 } });
    await prepare?.(page);
    const host = `127.0.0.1:${port}`;
    const url = `http://${host}/?folder=${encodeURIComponent(options.folder)}${options.query?.(host) ?? ""}`;
    await page.goto(url);
    await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    return new Workbench(page, browser, child, data, url);
  }

  /** Can be called again. */
  async close(): Promise<void> {
    await this.browser.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
  }

  /** Rows of the open list, from the top, as a reader hears them. */
  rows(): Promise<string[]> {
    return this.page.locator(".quick-input-list .monaco-list-row").evaluateAll((rows) => {
      const place = (row: Element): number => Number(row.getAttribute("data-index"));
      return rows.sort((a, b) => place(a) - place(b)).map((row) => row.getAttribute("aria-label") ?? "");
    });
  }

  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await until("the command palette is open", async () => (await this.page.locator(".quick-input-widget input.input").inputValue()) === ">" || undefined);
    await this.page.keyboard.insertText(title);
    await until(`${title} is offered first`, async () => (await this.rows())[0]?.startsWith(title) || undefined);
    await this.page.keyboard.press("Enter");
  }

  status(): Promise<string> {
    return this.page.locator("#codetriever\\.codetriever\\.codetriever\\.status").innerText();
  }

  /** Processes that this workbench started, and those that they started. */
  descendants(): { pid: number; args: string }[] {
    const all = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).trim().split("\n").map((text) => {
      const [pid = "", ppid = "", ...args] = text.trim().split(/\s+/);
      return { pid: Number(pid), ppid: Number(ppid), args: args.join(" ") };
    });
    const family = new Set([this.child.pid]);
    for (let size = 0; size !== family.size; ) {
      size = family.size;
      for (const { pid, ppid } of all) if (family.has(ppid)) family.add(pid);
    }
    return all.filter(({ pid }) => family.has(pid));
  }
}

export async function until<T>(what: string, probe: () => T | undefined | Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function need(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run test/run.sh`);
  return value;
}

function said(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    const take = (data: Buffer): void => {
      output += data.toString();
      if (output.includes(text)) resolve();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("exit", () => { reject(new Error(`the workbench ended: ${output}`)); });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => { resolve(typeof address === "object" && address ? address.port : 0); });
    });
  });
}
