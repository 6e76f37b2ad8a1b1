/** Which folder of src/ may import which others; `types` alone where a folder must not depend on another's code. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const SRC = join(import.meta.dirname, "../src");
const ROOT = "(root)"; // app.ts, main.ts, mount.ts, loader.ts, widget.ts

interface Rule {
  readonly code: readonly string[];
  readonly types: readonly string[];
}

const ALLOWED: Readonly<Record<string, Rule>> = {
  data: { code: [], types: [] },
  state: { code: [], types: ["data"] },
  draw: { code: ["state", "data"], types: [] },
  ui: { code: ["state"], types: ["data", ROOT] },
  control: { code: ["data", "state", "draw", "ui"], types: [ROOT] },
  notebook: { code: ["state"], types: ["control", ROOT] },
  [ROOT]: { code: ["data", "state", "draw", "ui", "control", "notebook"], types: [] },
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

/** `path` and what it refers to are relative to src/. Static, dynamic and re-exporting imports; styles count as code. */
function importsOf(path: string, text: string): Import[] {
  const found = text.matchAll(
    /(?:^(?:import|export)\s+(type\s)?[^"';]*?\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']/gm,
  );
  return [...found].map(([, type, target]) => ({
    from: path,
    to: normalize(join(dirname(path), target)),
    isType: type !== undefined,
  }));
}

function folderOf(path: string): string {
  return path.includes("/") ? path.split("/")[0] : ROOT;
}

function isAllowed({ from, to, isType }: Import): boolean {
  const [own, other] = [folderOf(from), folderOf(to)];
  const { code, types } = ALLOWED[own];
  return own === other || code.includes(other) || (isType && types.includes(other));
}

const all = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"))
  .flatMap((path) => importsOf(path, readFileSync(join(SRC, path), "utf8")));

test("a folder imports only those that it may", () => {
  expect(all.length).toBeGreaterThan(200);
  expect(all.filter((one) => !isAllowed(one)).map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
});

test("every folder has a rule, and every rule is about a folder that is there", () => {
  const folders = readdirSync(SRC, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect([...folders.map(({ name }) => name), ROOT].sort()).toEqual(Object.keys(ALLOWED).sort());
});

test.each([
  ["data/x.ts", 'import { display } from "../state/display";'],
  ["data/x.ts", 'import type { State } from "../state/state";'],
  ["state/x.ts", 'import { decodeCounts } from "../data/decode";'],
  ["state/x.ts", 'export { h } from "../ui/dom";'],
  ["draw/x.ts", 'const ui = await import("../ui/dom");'],
  ["ui/x.ts", 'import { createMap } from "../draw/scene";'],
  ["ui/text/x.ts", 'import type { MapView } from "../../draw/map";'],
  ["ui/x.ts", 'import {\n  controlSearch,\n  somethingElse,\n} from "../control/search";'],
  ["ui/x.ts", 'import { mount } from "../mount";'],
  ["ui/x.ts", 'import "../control/theme.css";'],
])("%s must not hold %s", (path, text) => {
  expect(importsOf(path, text).map(isAllowed)).toEqual([false]);
});

test.each([
  ["state/x.ts", 'import type { Manifest } from "../data/source";'],
  ["ui/x.ts", 'import type { App, Panel } from "../app";'],
  ["control/x.ts", 'import { fit } from "../ui/actions";'],
])("%s may hold %s", (path, text) => {
  expect(importsOf(path, text).map(isAllowed)).toEqual([true]);
});
