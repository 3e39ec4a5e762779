// What runs inside the extension host.

import { manifestTests } from "./manifest.ts";
import { runAll } from "./runner.ts";
import { searchTests } from "./search.ts";
import { serverTests } from "./server.ts";

export function run(): Promise<void> {
  return runAll([...manifestTests, ...searchTests, ...serverTests]);
}
