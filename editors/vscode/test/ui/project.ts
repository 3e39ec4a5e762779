// A project of at least a thousand files: the Python standard library of the environment, and a few files whose places are known.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";

const FILES = 1_100;
const LEFT_OUT = new Set(["__pycache__", "site-packages", "node_modules"]);

export const RETRY = `package sending

import "time"

// Resend tries a delivery again, and waits twice as long after each failure.
func Resend(send func() error, attempts int) error {
	pause := 100 * time.Millisecond
	var last error
	for range attempts {
		if last = send(); last == nil {
			return nil
		}
		time.Sleep(pause)
		pause *= 2
	}
	return last
}
`;

/** Makes the project anew in `folder`; gives how many files it has. */
export function makeProject(folder: string, python: string): number {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, "sending"), { recursive: true });
  writeFileSync(path.join(folder, "sending", "resend.go"), RETRY);
  writeFileSync(path.join(folder, "README.md"), "# Project\n\nThe Python standard library, to search in.\n");
  let files = 2;
  const sources = JSON.parse(execFileSync(python, ["-c", "import json, sysconfig; p = sysconfig.get_paths(); print(json.dumps([p['stdlib'], p['purelib']]))"], { encoding: "utf8" })) as string[];
  for (const [at, source] of sources.entries()) {
    files += copySources(source, path.join(folder, at ? "packages" : "stdlib"), FILES - files);
  }
  if (files < FILES) throw new Error(`only ${files} files were found for the project`);
  return files;
}

/** At most `most` files; tests come last, since nobody searches for them here. */
function copySources(from: string, to: string, most: number): number {
  let files = 0;
  const isTest = (name: string): number => Number(/^(test|idlelib)/.test(name));
  const entries = readdirSync(from, { withFileTypes: true }).sort((a, b) => isTest(a.name) - isTest(b.name) || a.name.localeCompare(b.name));
  for (const entry of entries) {
    if (files >= most) break;
    const source = path.join(from, entry.name);
    if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) files += copySources(source, path.join(to, entry.name), most - files);
    if (!entry.isFile() || !entry.name.endsWith(".py")) continue;
    cpSync(source, path.join(to, entry.name));
    files += 1;
  }
  return files;
}
