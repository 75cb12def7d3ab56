// How soon the executable has said something, beside an empty program compiled with the same flags.
// bun scripts/bench/start.ts [--quick]

import { join } from "node:path";
import { type Figure, figure, median, type Options, printFigures, printTable } from "./report.ts";
import { onStage } from "./stage.ts";

const AIMS = { "--version": 3, "--help": 5 } as const;

export async function run({ quick }: Options): Promise<Figure[]> {
  return onStage(async (stage) => {
    const classchat = await stage.executable();
    const empty = join(stage.folder, "empty");
    await Bun.write(`${empty}.ts`, "export {};\n");
    // As scripts/compile.ts has it.
    await Bun.build({
      entrypoints: [`${empty}.ts`],
      root: stage.folder,
      compile: { outfile: empty, autoloadDotenv: false, autoloadBunfig: false },
      format: "esm",
      splitting: true,
      bytecode: true,
      minify: true,
    });
    const programs = [
      { name: "empty Bun program", command: [empty], times: [] as number[] },
      { name: "classchat --version", command: [classchat, "--version"], times: [] as number[] },
      { name: "classchat --help", command: [classchat, "--help"], times: [] as number[] },
    ] as const;
    for (let round = 0; round < (quick ? 30 : 60); round++) {
      for (const { command, times } of programs) times.push(millisecondsOf(command));
    }
    const [nothing, version, help] = programs;
    const base = median(nothing.times);
    const ratio = (times: readonly number[]) => median(times) / base;
    printTable("Start to end of a program, medians", [
      ["", "ms", "ratio"],
      ...programs.map(({ name, times }) => [name, figure(median(times)), `${figure(ratio(times))} ×`]),
    ]);
    return [
      { program: version, aim: AIMS["--version"] },
      { program: help, aim: AIMS["--help"] },
    ].map(({ program, aim }) => ({
      name: program.name,
      value: `${figure(ratio(program.times))} × an empty program's time`,
      aim: { text: `≤ ${aim} ×`, met: ratio(program.times) <= aim },
    }));
  });
}

function millisecondsOf(command: readonly string[]): number {
  const start = performance.now();
  const { exitCode } = Bun.spawnSync([...command], { stdio: ["ignore", "ignore", "inherit"] });
  const time = performance.now() - start;
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
  return time;
}

if (import.meta.main) printFigures(await run({ quick: process.argv.includes("--quick") }));
