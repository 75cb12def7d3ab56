// The project's files keep the rules of src/ARCHITECTURE.md; and the rules catch what breaks them.

import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importsOf, rooms, violations } from "./rules.ts";

const root = join(import.meta.dir, "../..");
const paths = ["src", "test", "scripts"].flatMap((folder) =>
  [...new Bun.Glob("**/*.{ts,tsx}").scanSync({ cwd: join(root, folder) })].map(
    (path) => `${folder}/${path.replaceAll("\\", "/")}`,
  ),
);
const sources = paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

/** What the rules say of one made-up file, its path left out. */
function said(path: string, ...lines: string[]): string[] {
  const text = ["// What it owns.", ...lines, ""].join("\n");
  return violations([{ path, text }]).map((breach) => breach.slice(path.length + 1));
}

describe("the project", () => {
  test("keeps to its rooms, arrows and manners", () => {
    expect(sources.some(({ path }) => path === "src/ports.ts")).toBe(true);
    expect(violations(sources)).toEqual([]);
  });

  test("is described in ARCHITECTURE.md by the arrows it is held to", () => {
    const page = readFileSync(join(root, "src/ARCHITECTURE.md"), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)(?:\/|\.ts)` *\|[^|]*\| ([^|]*?) *\|$/gm)];
    const written = rows.map(([, room = "", arrows = ""]) => [room, arrows]);
    const held = [...rooms].map(([room, { rooms: arrows }]) => {
      if (arrows.length === 0) return [room, "nothing of ours"];
      return [room, arrows.length === rooms.size - 2 ? "everything" : arrows.join(", ")];
    });
    expect(written).toEqual(held);
  });

  test("has nothing at its top but what belongs there", () => {
    const made = ["node_modules", "dist", "coverage"];
    const allowed = [
      "LICENSE",
      "README.md",
      "bun.lock",
      "bunfig.toml",
      "package-lock.json",
      "package.json",
      "scripts",
      "src",
      "test",
      "tsconfig.json",
    ];
    const found = readdirSync(root).filter((name) => !name.startsWith(".") && !made.includes(name));
    expect(found.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});

describe("the rules see", () => {
  test("every way to name a module, in any layout, and none in a comment", () => {
    const text = `// import "./no.ts";
/** import type { A } from "./nor-this.ts"; */
import "./a.ts";
import type { B } from "./b.ts";
import {
  type C,
  c,
} from "./c.ts";
export * from './d.ts';
export type { E } from "./e.ts";
const f = await import("./f.ts");
type G = typeof import("./g.ts");
const url = "https://example.org"; const h = () => import(\`./h.ts\`);
import i, { j } from "./i.ts"; // as "./it.ts" was
`;
    const found = importsOf({ path: "src/wire/x.ts", text }).sort();
    expect(found).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "i"].map((name) => `./${name}.ts`));
  });

  test("an arrow that runs the wrong way, for types and for what is loaded later too", () => {
    expect(said("src/domain/id.ts", 'import { x } from "../wire/frame.ts";')).toEqual([
      "imports src/wire/frame.ts: no arrow runs from domain to wire",
    ]);
    expect(said("src/client/a.ts", 'import type { S } from "../server/session.ts";')).toHaveLength(1);
    expect(said("src/server/a.ts", 'const c = await import("../client/state.ts");')).toHaveLength(1);
    expect(said("src/server/a.ts", 'import { x } from "../store/sqlite.ts";')).toHaveLength(1);
    expect(said("src/net/a.ts", 'import { x } from "../wire/frame.ts";')).toHaveLength(1);
    expect(said("src/tui/a.tsx", 'import { x } from "../server/session.ts";')).toHaveLength(1);
    expect(said("src/main.ts", 'import { x } from "./client/state.ts";')).toHaveLength(1);
    expect(said("src/elsewhere/a.ts")).toEqual(["stands in no known room (elsewhere)"]);
  });

  test("no breach where there is none", () => {
    expect(said("src/domain/id.ts", 'import { x } from "./name.ts";')).toEqual([]);
    expect(said("src/client/a.ts", 'import { x } from "../mls/conversation.ts";')).toEqual([]);
    expect(said("src/cli/a.ts", 'const c = await import("../server/server.ts");')).toEqual([]);
    expect(said("src/main.ts", 'await (await import("./cli/program.ts")).run(); process.exit(0);')).toEqual(
      [],
    );
    expect(said("src/server/a.ts", "// Date.now() is not for us", "const at = new Date(time);")).toEqual([]);
  });

  test("a module outside its one room", () => {
    expect(said("src/client/a.ts", 'import { x } from "ts-mls";')).toEqual([
      "imports ts-mls, which is for mls alone",
    ]);
    expect(said("src/client/a.ts", 'import { x } from "ts-mls/keyPackage.js";')).toHaveLength(1);
    expect(said("src/server/a.ts", 'import { Database } from "bun:sqlite";')).toHaveLength(1);
    expect(said("src/cli/a.ts", 'import tls from "node:tls";')).toHaveLength(1);
    expect(said("src/domain/a.ts", 'import * as v from "valibot";')).toHaveLength(1);
    expect(said("src/wire/a.ts", 'import { readFile } from "node:fs/promises";')).toHaveLength(1);
  });

  test("commander where commands are not told from one another", () => {
    const text = '// What it owns.\nimport { Command } from "@commander-js/extra-typings";\n';
    expect(violations([{ path: "src/cli/program.ts", text }])).toEqual([]);
    expect(violations([{ path: "src/cli/program-groups.ts", text }])).toEqual([]);
    expect(violations([{ path: "src/cli/command-groups.ts", text }])).toEqual([
      "commander stands behind cli/program, not in src/cli/command-groups.ts",
    ]);
  });

  test("the world in a pure room, and sockets, the screen and the exit out of place", () => {
    for (const line of [
      "const t = Date.now();",
      "const t = new Date();",
      "setTimeout(f, 5);",
      "const r = Math.random();",
      "await Bun.write(path, text);",
      "await fetch(url);",
      'const home = process.env["HOME"];',
      "Bun.listen(options);",
      "console.log(text);",
      "process.exit(1);",
    ])
      expect([line, said("src/client/a.ts", line).length]).toEqual([line, 1]);
    expect(said("src/store/a.ts", "Bun.connect(options);")).toHaveLength(1);
    expect(said("src/cli/a.ts", "process.exit(1);")).toHaveLength(1);
  });

  test("a computed import, a missing ending, a way out of src", () => {
    expect(said("src/cli/a.ts", "await import(name);")).toEqual(["imports a module whose name is computed"]);
    expect(said("src/wire/a.ts", 'import { x } from "./frame";')).toHaveLength(1);
    expect(said("src/wire/a.ts", 'import { x } from "../../test/wire/sample.ts";')).toEqual([
      "imports test/wire/sample.ts, which is not in src",
    ]);
  });

  test("bad manners: the opening comment, the length, the name", () => {
    expect(violations([{ path: "src/wire/a.ts", text: "export const a = 1;\n" }])).toHaveLength(1);
    expect(said("src/wire/a.ts", "// Two.", "// Three.")).toEqual([]);
    expect(said("src/wire/a.ts", "// Two.", "// Three.", "// Four.")).toHaveLength(1);
    expect(said("src/wire/a.ts", ...Array.from({ length: 299 }, () => "f();"))).toEqual([]);
    expect(said("src/wire/a.ts", ...Array.from({ length: 300 }, () => "f();"))).toEqual([
      "has 301 lines; 300 are the most",
    ]);
    expect(said("src/wire/index.ts")).toEqual(["has a name that says nothing of what is inside"]);
    expect(said("scripts/helpers.ts")).toHaveLength(1);
    expect(said("src/wire/fooBar.ts")).toEqual(["has a name that is not in kebab-case"]);
  });

  test("a test that nobody runs, or that keeps others from running", () => {
    const expects = "expect(1).toBe(1);";
    expect(said("test/wire/a.test.ts", expects)).toEqual([]);
    expect(said("src/wire/a.test.ts", expects)).toHaveLength(1);
    expect(said("test/a.test.ts", expects)).toHaveLength(1);
    expect(said("test/wire/a.test.ts", expects, ["test", 'only("a", f);'].join("."))).toEqual([
      "runs some of its tests only",
    ]);
  });
});
