// The rules of src/ARCHITECTURE.md as a function: source files in, sentences about what breaks them out.
// Knows no disk: rooms.test.ts gives it the project's files, and made-up ones.

export interface Source {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

interface Room {
  /** The rooms whose files may be imported, its own left out. */
  readonly rooms: readonly string[];
  /** The packages and modules of the system that may be imported; a `/` at the end stands for all below it. */
  readonly modules: readonly string[];
  /** Whether it reaches the world by ports alone: no clock, no chance, no disk, no socket of its own. */
  readonly pure: boolean;
}

const secrecy = ["@noble/ciphers/", "@noble/curves/", "@noble/hashes/", "node:crypto"];
const sides = ["mls", "files", "wire", "domain", "ports"];
const every = ["domain", "wire", "mls", "files", "ports", "server", "client", "net", "store", "tui"];

/** The arrows. A file that stands in src itself is a room of its own. */
export const rooms: ReadonlyMap<string, Room> = new Map([
  ["domain", { rooms: [], modules: ["@noble/hashes/"], pure: true }],
  ["wire", { rooms: ["domain"], modules: ["valibot"], pure: true }],
  [
    "mls",
    {
      rooms: ["domain"],
      modules: ["ts-mls", "ts-mls/", "@hpke/", "valibot", "node:zlib", ...secrecy],
      pure: true,
    },
  ],
  ["files", { rooms: ["domain"], modules: ["valibot", ...secrecy], pure: true }],
  ["ports", { rooms: ["domain"], modules: [], pure: true }],
  ["server", { rooms: sides, modules: ["valibot", ...secrecy], pure: true }],
  ["client", { rooms: sides, modules: ["valibot", ...secrecy], pure: true }],
  [
    "net",
    {
      rooms: ["ports", "domain"],
      modules: ["node:", "multicast-dns", ...secrecy],
      pure: false,
    },
  ],
  [
    "store",
    { rooms: ["ports", "domain"], modules: ["bun", "bun:", "node:", "valibot", ...secrecy], pure: false },
  ],
  ["tui", { rooms: ["client", "domain"], modules: ["ink", "react", "react/"], pure: false }],
  [
    "cli",
    {
      rooms: every,
      modules: ["node:", "valibot", "qr", "commander", "@commander-js/extra-typings", ...secrecy],
      pure: false,
    },
  ],
  ["main", { rooms: ["cli"], modules: [], pure: false }],
]);

/** What may stand in one room alone, for it is that room's reason to be. */
const kept: readonly { readonly what: string; readonly found: RegExp; readonly rooms: readonly string[] }[] =
  [
    { what: "a socket", found: /\bBun\.(listen|connect|serve|udpSocket)\b/, rooms: ["net", "cli"] },
    { what: "process.exit", found: /\bprocess\.exit\(/, rooms: ["main"] },
    { what: "the screen", found: /\bconsole\.|\bprocess\.(stdout|stderr)\b/, rooms: ["cli", "tui", "main"] },
  ];

const keptModules: readonly { readonly module: string; readonly rooms: readonly string[] }[] = [
  { module: "ts-mls", rooms: ["mls"] },
  { module: "bun:sqlite", rooms: ["store"] },
  { module: "node:tls", rooms: ["net"] },
  { module: "node:net", rooms: ["net", "cli"] },
];

const impure: readonly { readonly what: string; readonly found: RegExp }[] = [
  { what: "the clock", found: /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bTemporal\.Now\b/ },
  { what: "timers", found: /\bset(Timeout|Interval|Immediate)\(|\bBun\.sleep\b/ },
  { what: "chance", found: /\bMath\.random\b|\brandomUUID\b/ },
  { what: "the disk or a program", found: /\bBun\.(file|write|spawn|spawnSync|\$)\b/ },
  { what: "the network", found: /\bfetch\(|\bnew WebSocket\(/ },
  { what: "the environment", found: /\bprocess\.(env|argv|cwd)\b|\bBun\.env\b/ },
];

const saysNothing = /^(index|utils?|helpers?|common|types|manager|misc)$/;
const MAX_LINES = 300;

/** Comments left out, line by line, so that a rule speaks of code. A `//` within quotes stays. */
function code(text: string): string {
  return text
    .replace(/^\s*\/\*[\s\S]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, ""))
    .replace(/(^|\s)\/\/[^"'`\n]*$/gm, "$1");
}

/** Everything a file names as a module: values, types, what it passes on, what it loads later. */
export function importsOf({ path, text }: Source): string[] {
  const found = new Set<string>();
  const source = code(text);
  const statement = /^[ \t]*(?:import|export)\b[^;'"`]*?\bfrom\s*["']([^"']+)["']/gm;
  const bare = /^[ \t]*import\s*["']([^"']+)["']/gm;
  const call = /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g;
  for (const pattern of [statement, bare, call])
    for (const [, specifier] of source.matchAll(pattern)) if (specifier !== undefined) found.add(specifier);
  // What really is loaded, as the compiler sees it, in case one is written as no pattern above expects.
  const transpiler = new Bun.Transpiler({ loader: path.endsWith("x") ? "tsx" : "ts" });
  for (const { path: specifier } of transpiler.scanImports(text)) found.add(specifier);
  return [...found];
}

/** The room of a file: the folder in src, or the name of a file that stands in src itself. */
function roomOf(path: string): string {
  const [, first = ""] = path.split("/");
  return first.replace(/\.tsx?$/, "");
}

/** `../domain/id.ts` seen from `src/wire/frame.ts` is `src/domain/id.ts`; what leads out of the project begins with `..`. */
function resolve(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function allows(room: Room, module: string): boolean {
  return room.modules.some(
    (allowed) => module === allowed || (/[:/]$/.test(allowed) && module.startsWith(allowed)),
  );
}

function importViolations(source: Source, name: string, room: Room): string[] {
  const found: string[] = [];
  for (const specifier of importsOf(source)) {
    if (specifier.startsWith(".")) {
      const target = resolve(source.path, specifier);
      if (!/\.(tsx?|json|md|css)$/.test(target)) found.push(`imports ${specifier}: write the file's ending`);
      if (!target.startsWith("src/")) found.push(`imports ${target}, which is not in src`);
      else if (roomOf(target) !== name && !room.rooms.includes(roomOf(target)))
        found.push(`imports ${target}: no arrow runs from ${name} to ${roomOf(target)}`);
      continue;
    }
    const keeper = keptModules.find(
      ({ module }) => specifier === module || specifier.startsWith(`${module}/`),
    );
    if (keeper !== undefined && !keeper.rooms.includes(name))
      found.push(`imports ${specifier}, which is for ${keeper.rooms.join(" and ")} alone`);
    else if (!allows(room, specifier)) found.push(`imports ${specifier}, which ${name} has no business with`);
  }
  return found;
}

function sourceViolations(source: Source): string[] {
  const name = roomOf(source.path);
  const room = rooms.get(name);
  if (room === undefined) return [`stands in no known room (${name})`];
  const found = importViolations(source, name, room);
  const text = code(source.text);
  if (/\b(?:import|require)\s*\(\s*(?!["'`\s])/.test(text))
    found.push("imports a module whose name is computed");
  for (const { what, found: pattern, rooms: keepers } of kept)
    if (pattern.test(text) && !keepers.includes(name))
      found.push(`uses ${what}: that is for ${keepers.join(" and ")}`);
  if (room.pure)
    for (const { what, found: pattern } of impure)
      if (pattern.test(text)) found.push(`uses ${what}: ${name} has the world by its ports`);
  const opening = /^(?:\/\/.*\n)*/.exec(source.text)?.[0].split("\n").length ?? 1;
  if (opening === 1) found.push("does not open with a comment on what it owns and what it must not know");
  if (opening > 4) found.push("opens with a comment of more than three lines");
  return found;
}

function fileViolations({ path, text }: Source): string[] {
  const found: string[] = [];
  const file = path.split("/").at(-1) ?? "";
  const [stem = ""] = file.split(".");
  if (saysNothing.test(stem)) found.push("has a name that says nothing of what is inside");
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) found.push("has a name that is not in kebab-case");
  const lines = text.replace(/\n$/, "").split("\n").length;
  if (lines > MAX_LINES) found.push(`has ${lines} lines; ${MAX_LINES} are the most`);
  const isTest = /\.test\.tsx?$/.test(file);
  if (isTest && !/^test\/[^/]+\//.test(path))
    found.push("is a test outside test/<room>/, where no check runs it");
  if (path.startsWith("test/") && /\b(?:test|it|describe)\.only\(/.test(text))
    found.push("runs some of its tests only");
  return found;
}

/** One sentence for each breach, each beginning with the file's path. None: the sources keep the rules. */
export function violations(sources: readonly Source[]): string[] {
  const found = sources.flatMap((source) =>
    [...(source.path.startsWith("src/") ? sourceViolations(source) : []), ...fileViolations(source)].map(
      (breach) => `${source.path} ${breach}`,
    ),
  );
  const parsers = sources.filter(
    (source) =>
      source.path.startsWith("src/") &&
      importsOf(source).some((module) => /^(commander|@commander-js\/.*)$/.test(module)) &&
      !/^src\/cli\/program(-[a-z]+)?\.ts$/.test(source.path),
  );
  found.push(...parsers.map(({ path }) => `commander stands behind cli/program, not in ${path}`));
  return found;
}
