// Bundles the extension (and, with --tests, the extension-host tests) into dist/.
import { build, context } from "esbuild";

const production = process.argv.includes("--production");
const tests = process.argv.includes("--tests");

const options = {
  entryPoints: tests ? { "host-tests": "test/host/main.ts" } : { extension: "src/extension.ts" },
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
