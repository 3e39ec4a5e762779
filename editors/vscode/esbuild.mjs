// Bundles the extension (or, with --tests, the extension-host tests) into dist/.
// The library that speaks with the server is most of the code, and a file of its own, which is loaded when a server was found:
// commands and the status item do not wait for it.
import { build, context } from "esbuild";

const production = process.argv.includes("--production");
const tests = process.argv.includes("--tests");

const loadedLater = {
  name: "loaded-later",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/client\.ts$/ }, ({ kind }) => (kind === "dynamic-import" ? { path: "./client.js", external: true } : undefined));
  },
};

const options = {
  entryPoints: tests ? { "host-tests": "test/host/main.ts" } : { extension: "src/extension.ts", client: "src/server/client.ts" },
  plugins: [loadedLater],
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: production,
  sourcemap: production ? false : "inline",
  legalComments: "none",
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const watching = await context(options);
  await watching.watch();
} else {
  await build(options);
}
