// `bun run check`: all that must hold before a change is taken; `--fast`: what takes a few seconds of it.
// One line a step with its time, the whole output of a step that failed, the sum of the tests at the end.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./compile.ts";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether the output ends with the sums of `bun test`. */
  readonly tests: boolean;
}

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ok: boolean;
}

const sources = ["src", "test", "scripts"];
/** Rooms whose tests take no more than a second or two. */
const quickRooms = ["domain", "wire", "files", "server"];
/** A step that hangs must end too. */
const STEP_LIMIT_MS = 10 * 60_000;
const TEST_LIMIT_MS = 60_000;

const bun = process.execPath;

function programStep(name: string, ...command: string[]): Step {
  return { name, command, tests: false };
}

/** The tests of one folder; each file in a global of its own, and no process outlives them. */
function testStep(room: string): Step {
  const command = [
    bun,
    "test",
    "--no-orphans",
    "--isolate",
    "--only-failures",
    `--timeout=${TEST_LIMIT_MS}`,
    `./test/${room}/`,
  ];
  return { name: room === "architecture" ? "rooms" : `test ${room}`, command, tests: true };
}

function roomsWithTests(): string[] {
  const glob = new Bun.Glob("*/**/*.test.{ts,tsx}");
  const found = Array.from(
    glob.scanSync({ cwd: join(root, "test") }),
    (path) => path.split(/[/\\]/)[0] ?? "",
  );
  return [...new Set(found)].sort();
}

/** Groups run one after the other; the steps of one group two at a time. */
function plan(fast: boolean): Step[][] {
  const oxlint = join(root, "node_modules", "oxlint", "bin", "oxlint");
  const rooms = roomsWithTests();
  const unit = rooms.filter((room) => room !== "architecture" && room !== "e2e");
  const still = [
    programStep("types", bun, "check", "--no-script"),
    programStep("format", bun, "fmt", "--no-script", "--check", ...sources),
    programStep("lint", bun, oxlint, "--deny-warnings", ...sources),
    testStep("architecture"),
  ];
  if (fast) return [still, unit.filter((room) => quickRooms.includes(room)).map(testStep)];
  return [
    still,
    unit.map(testStep),
    [programStep("build", bun, join(root, "scripts", "build.ts"))],
    rooms.includes("e2e") ? [testStep("e2e")] : [],
  ];
}

/** Reads the sums at the end of `bun test`'s output. None at all is a failure: a step of no tests proves nothing. */
function sums(output: string): Omit<Outcome, "ok"> {
  const sum = (word: string) =>
    [...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].reduce(
      (total, [, n]) => total + Number(n),
      0,
    );
  return { passed: sum("pass"), failed: sum("fail"), skipped: sum("skip") + sum("todo") };
}

async function run(step: Step): Promise<Outcome> {
  const began = performance.now();
  const child = Bun.spawn([...step.command], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    timeout: STEP_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const output = Bun.stripANSI(`${out}${err}`);
  const counts = step.tests ? sums(output) : { passed: 0, failed: 0, skipped: 0 };
  const ok = code === 0 && counts.failed === 0 && (!step.tests || counts.passed > 0);
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
  const of = step.tests
    ? `  ${counts.passed} passed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`
    : "";
  console.log(`${step.name.padEnd(14)}${seconds} s  ${ok ? "ok" : "FAILED"}${of}`);
  if (!ok) {
    console.log(output.trimEnd().replace(/^/gm, "  | "));
    if (child.signalCode !== null)
      console.log(`  | ended by ${child.signalCode} (a step may take ten minutes)`);
  }
  return { ...counts, ok };
}

/** Runs the steps in order, two at a time. */
async function runGroup(steps: readonly Step[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = [...steps];
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift())
      outcomes.push(await run(step));
  };
  await Promise.all([worker(), worker()]);
  return outcomes;
}

async function check(fast: boolean): Promise<boolean> {
  const outcomes: Outcome[] = [];
  for (const group of plan(fast)) {
    const done = await runGroup(group);
    outcomes.push(...done);
    // An executable that could not be made, or is not what was tested, is not worth trying.
    if (group.some(({ name }) => name === "build") && done.some(({ ok }) => !ok)) break;
  }
  const total = (of: (outcome: Outcome) => number) => outcomes.reduce((sum, outcome) => sum + of(outcome), 0);
  const skipped = total(({ skipped: n }) => n);
  const failedSteps = total(({ ok }) => (ok ? 0 : 1));
  if (failedSteps > 0) console.log(`${failedSteps} of ${outcomes.length} steps failed`);
  console.log(
    `${total(({ passed }) => passed)} passed, ${total(({ failed }) => failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
  );
  return failedSteps === 0;
}

const given = process.argv.slice(2);
const files = given.filter((argument) => !argument.startsWith("-"));
if (files.length > 0 && files.length === given.length) {
  // `bun check FILES` ends up here as well, for the script has the name of Bun's own command: types, as it says.
  const child = Bun.spawn([bun, "check", "--no-script", ...files], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  process.exitCode = await child.exited;
} else if (given.some((argument) => argument !== "--fast")) {
  console.error("check: takes --fast, or files to check the types of\nhint: bun run check --fast");
  process.exitCode = 2;
} else if (!existsSync(join(root, "node_modules", "oxlint"))) {
  console.error("check: the packages are not installed\nhint: node scripts/setup.mjs");
  process.exitCode = 1;
} else if (!(await check(given.includes("--fast")))) {
  process.exitCode = 1;
}
