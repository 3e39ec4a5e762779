// Whether a server is one that this extension can talk to.

export type Verdict = "fits" | "too old" | "too new";

/** The version in the output of `codetriever-lsp --version`; undefined where there is none. */
export function versionIn(output: string): string | undefined {
  return /^codetriever-lsp\s+(\d+\.\d+\.\d+\S*)\s*$/m.exec(output)?.[1];
}

/** Semantic versioning: what breaks raises the first number, or the second while the first is 0. */
export function judge(found: string, least: string): Verdict {
  const have = numbers(found);
  const need = numbers(least);
  const breaking = need[0] === 0 ? 1 : 0;
  for (let at = 0; at < 3; at += 1) {
    const [a, b] = [have[at] ?? 0, need[at] ?? 0];
    if (a < b) return "too old";
    if (a > b) return at <= breaking ? "too new" : "fits";
  }
  return "fits";
}

function numbers(version: string): number[] {
  return version.split(/[.+-]/, 3).map((part) => Number.parseInt(part, 10) || 0);
}
