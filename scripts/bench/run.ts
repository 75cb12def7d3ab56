// `bun run bench [name…] [--quick]`: the figures the project holds itself to, each with its aim and its result.
// Names: start, join, screen, relay, people, files, queue, storm, week, group, idle, crowd, mls. Must not know how anything is
// measured. Needs Linux (it reads /proc).

import { cpus, loadavg, totalmem } from "node:os";
import { run as crowd } from "./crowd.ts";
import { run as files } from "./files.ts";
import { run as group } from "./group.ts";
import { run as idle } from "./idle.ts";
import { run as join } from "./join.ts";
import { run as mls } from "./mls.ts";
import { run as people } from "./people.ts";
import { run as queue } from "./queue.ts";
import { run as relay } from "./relay.ts";
import { type Figure, type Options, printFigures } from "./report.ts";
import { run as screen } from "./screen.ts";
import { run as start } from "./start.ts";
import { run as storm } from "./storm.ts";
import { run as week } from "./week.ts";

/** In this order: what fills the memory of this process comes last. */
const benches = new Map<string, (options: Options) => Promise<Figure[] | void>>([
  ["start", start],
  ["join", join],
  ["screen", screen],
  ["relay", relay],
  ["people", people],
  ["files", files],
  ["queue", queue],
  ["storm", storm],
  ["week", week],
  ["group", group],
  ["idle", idle],
  ["crowd", crowd],
  ["mls", mls],
]);

const given = process.argv.slice(2);
const quick = given.includes("--quick");
const names = given.filter((argument) => argument !== "--quick");
const unknown = names.find((name) => !benches.has(name));
if (unknown !== undefined) {
  console.error(
    `bench: there is no ${unknown}\nhint: bun run bench [${[...benches.keys()].join("|")}…] [--quick]`,
  );
  process.exitCode = 2;
} else if (process.platform !== "linux") {
  console.error(
    "bench: works on Linux alone, whose /proc it reads\nhint: bun run bench in a Linux container",
  );
  process.exitCode = 1;
} else {
  const machine = [
    `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Linux ${process.arch}`,
    `Bun ${Bun.version}`,
  ];
  console.log(machine.join(" · "));
  const [load = 0] = loadavg();
  // A relay that has to wait for a processor copies more at once, and so seems cheaper than it is.
  if (load > cpus().length / 2)
    console.log(`load ${load.toFixed(1)}: others are at work here; times and ratios are worse for it`);
  if (quick) console.log("--quick: fewer of everything; a look, not a result");
  const figures: Figure[] = [];
  for (const [name, bench] of benches) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n── ${name} ──`);
    figures.push(...((await bench({ quick })) ?? []));
  }
  if (figures.length > 0) printFigures(figures);
}
