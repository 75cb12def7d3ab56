// The Tab key in a real bash: commands, options and the names that a profile knows.

import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { executable } from "./support/executable.ts";
import { succeeded, World } from "./support/world.ts";

setDefaultTimeout(60_000);

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world[Symbol.asyncDispose]());

/** What bash offers after the Tab key at the end of this line. */
function offered(line: string): string[] {
  const bin = join(world.folder, "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(executable(), join(bin, "classchat"));
  const script = `eval "$(classchat completions bash)"
COMP_LINE=$1 COMP_POINT=\${#1}
_classchat
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = Bun.spawnSync(["bash", "-c", script, "bash", line], {
    env: { ...world.env, PATH: `${bin}:${world.env["PATH"]}` },
  });
  return stdout.toString().split("\n").filter(Boolean);
}

test.skipIf(Bun.which("bash") === null)(
  "bash offers the people and groups of a profile, without asking anybody",
  async () => {
    const server = await world.serve();
    const [alice, bob] = await world.people(server, "alice", "bob");
    await alice.send("bob", "hi");
    succeeded(await world.run(["groups", "create", "Class", "--home", alice.home, "--user", "alice"]));
    server.process.kill("SIGTERM");
    await server.process.ended;
    expect(offered(`classchat send --home ${alice.home} --user alice --to `)).toEqual(["@Class", "bob"]);
    expect(bob.name).toBe("bob");
  },
);

test.skipIf(Bun.which("bash") === null)(
  "bash offers what stands after an @ without the @, which it takes for a word's end",
  async () => {
    const server = await world.serve();
    const [alice] = await world.people(server, "alice");
    succeeded(await world.run(["groups", "create", "Class", "--home", alice.home, "--user", "alice"]));
    expect(offered(`classchat send --home ${alice.home} --user alice --to @c`)).toEqual(["Class"]);
  },
);

test("each shell's script is printed, and an unknown shell refused", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"])
    expect(succeeded(await world.run(["completions", shell])).stdout).toContain(`completions ${shell}`);
  expect(await world.run(["completions", "tcsh"])).toMatchObject({ code: 2 });
});
