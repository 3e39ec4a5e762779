// A workspace that is not trusted, and one where the server is missing: what the user reads and can do.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { after, afterEach, test } from "node:test";
import { Hands } from "./hands.ts";
import { assertQuiet, putServer } from "./server.ts";
import { PLACES, until, Workbench } from "./workbench.ts";

const folder = path.join(PLACES.scratch, "hostile");
const home = path.join(PLACES.scratch, "home-trust");
const errors = path.join(PLACES.scratch, "trust-stderr.log");
const ran = path.join(PLACES.scratch, "hostile-ran");
const cache = path.join(PLACES.scratch, "cache-trust");
const open: Workbench[] = [];
afterEach(async (context) => {
  if ("passed" in context && !context.passed) await open.at(-1)?.page.screenshot({ path: path.join(PLACES.scratch, `failed ${context.name}.png`) });
});
after(async () => { for (const code of open) await code.close(); });

test("not trusted: nothing of the workspace runs, and the reason is shown", { timeout: 120_000 }, async () => {
  const bin = path.join(folder, "bin");
  mkdirSync(path.join(folder, ".vscode"), { recursive: true });
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, "codetriever-lsp"), `#!/bin/sh\ntouch ${ran}\necho "codetriever-lsp 0.1.0"\n`, { mode: 0o755 });
  writeFileSync(path.join(folder, ".vscode", "settings.json"), JSON.stringify({ "codetriever.server.path": path.join(bin, "codetriever-lsp"), "codetriever.exclude": ["**"] }));
  writeFileSync(path.join(folder, "pump.py"), "def drain_the_bilge(pump):\n    return pump.run()\n");
  // The folder's own commands come first on PATH, as a shell hook might put them.
  const own = path.join(home, ".local", "bin");
  putServer(own, errors);
  const env = { HOME: home, PATH: `${bin}:${own}:${process.env["PATH"] ?? ""}`, CODETRIEVER_CACHE_DIR: cache, CODETRIEVER_LINGER_S: "10" };
  const code = await Workbench.open({ name: "trust", folder, env, trust: true });
  open.push(code);
  await code.page.locator(".statusbar", { hasText: "Restricted Mode" }).waitFor({ timeout: 60_000 });
  await until("the folder is indexed although its settings exclude everything", async () => /^\d+$/.exec((await code.status().catch(() => "")).trim())?.[0], 60_000);
  await code.command("Codetriever: Show Status");
  const rows = await until("the restriction is shown", async () => {
    const found = await code.rows();
    return found.some((row) => row.startsWith("Restricted")) ? found : undefined;
  });
  assert.match(rows.join("\n"), /Restricted, this workspace is not trusted: its settings are not read, and no server or Python environment in it is started/);
  assert.ok(rows.some((row) => row.includes("~/.local/bin/codetriever-lsp (PATH)")), rows.join("\n"));
  assert.ok(rows.some((row) => row.includes("Manage Workspace Trust")));
  await code.close();
  assertQuiet(cache, errors);
  assert.ok(!existsSync(ran));
});

test("missing: a message with a button, and the search offers the same", { timeout: 120_000 }, async () => {
  const code = await Workbench.open({ name: "missing", folder, env: { HOME: home, PATH: "/bin" } });
  open.push(code);
  await until("the status item warns", async () => (await code.status().catch(() => "")).includes("Codetriever") || undefined);
  // The driver of the workbench keeps toasts away; they are in the list.
  await code.command("Notifications: Show Notifications");
  const message = code.page.locator(".notifications-center .notification-list-item", { hasText: "The language server codetriever-lsp was not found." });
  await message.waitFor();
  await message.click();
  await message.getByText("Install Server").waitFor();
  await code.page.keyboard.press("Escape");
  await code.page.locator(".notifications-center").waitFor({ state: "hidden" });
  const hands = new Hands(code);
  await hands.openSearch();
  await code.page.keyboard.insertText("pump");
  await hands.rowWith("Install or Update Server");
  assert.match((await code.rows())[0] ?? "", /The language server codetriever-lsp was not found\./);
  await hands.close();
  await code.command("Codetriever: Show Log");
  // Its text comes through a native logger, which this workbench has not.
  const shown = code.page.locator(".part.panel select.monaco-select-box");
  await until("its channel is shown", async () => (await shown.evaluateAll((all) => all.map((one) => (one as HTMLSelectElement).selectedOptions[0]?.text))).includes("Codetriever") || undefined);
  await code.page.locator(".part.panel .monaco-editor.focused").waitFor();
  await code.command("Codetriever: Open Walkthrough");
  await code.page.locator(".gettingStartedContainer", { hasText: "Find code by what it does" }).waitFor();
  await code.page.locator(".gettingStartedContainer", { hasText: "Install Server" }).waitFor();
});
