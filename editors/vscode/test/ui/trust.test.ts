// A workspace that is not trusted, and one where the server is missing: what the user reads and can do.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { after, test } from "node:test";
import { PLACES, until, Workbench } from "./workbench.ts";

const folder = path.join(PLACES.scratch, "hostile");
const ran = path.join(PLACES.scratch, "hostile-ran");
const cache = path.join(PLACES.scratch, "cache-trust");
const open: Workbench[] = [];
after(async () => { for (const code of open) await code.close(); });

test("not trusted: nothing of the workspace runs, and the reason is shown", { timeout: 120_000 }, async () => {
  const bin = path.join(folder, "bin");
  mkdirSync(path.join(folder, ".vscode"), { recursive: true });
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, "codetriever-lsp"), `#!/bin/sh\ntouch ${ran}\necho "codetriever-lsp 0.1.0"\n`, { mode: 0o755 });
  writeFileSync(path.join(folder, ".vscode", "settings.json"), JSON.stringify({ "codetriever.server.path": path.join(bin, "codetriever-lsp"), "codetriever.exclude": ["**"] }));
  writeFileSync(path.join(folder, "pump.py"), "def drain_the_bilge(pump):\n    return pump.run()\n");
  // The folder's own commands come first on PATH, as a shell hook might put them.
  const env = { PATH: `${bin}:${path.dirname(PLACES.server)}:${process.env["PATH"] ?? ""}`, CODETRIEVER_CACHE_DIR: cache, CODETRIEVER_LINGER_S: "2" };
  const code = await Workbench.open({ name: "trust", folder, env, trust: true });
  open.push(code);
  await code.page.getByText("No, I don't trust the authors", { exact: false }).click({ timeout: 60_000 });
  await until("the folder is indexed although its settings exclude everything", async () => /^\d+$/.exec((await code.status().catch(() => "")).trim())?.[0], 60_000);
  await code.command("Codetriever: Show Status");
  const rows = await until("the restriction is shown", async () => {
    const found = await code.rows();
    return found.some((row) => row.startsWith("Restricted")) ? found : undefined;
  });
  assert.match(rows.join("\n"), /Restricted, this workspace is not trusted: its settings are not read, and no server or Python environment in it is started/);
  assert.ok(rows.some((row) => row.includes(`${path.dirname(PLACES.server)}/codetriever-lsp (PATH)`)), rows.join("\n"));
  assert.ok(rows.some((row) => row.includes("Manage Workspace Trust")));
  assert.throws(() => { process.getBuiltinModule("node:fs").accessSync(ran); });
});

test("missing: a message with a button, and the search offers the same", { timeout: 120_000 }, async () => {
  const code = await Workbench.open({ name: "missing", folder, env: { PATH: "/bin" } });
  open.push(code);
  const message = code.page.locator(".notification-toast", { hasText: "The language server codetriever-lsp was not found." });
  await message.getByText("Install Server").waitFor({ timeout: 60_000 });
  await code.page.keyboard.press("Control+Alt+f");
  await code.page.keyboard.type("pump");
  await until("the list offers to install", async () => (await code.rows()).some((row) => row.includes("Install or Update Server")) || undefined);
});
