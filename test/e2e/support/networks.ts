// Two machines on a cable of their own, for one test: network namespaces of Linux, without a way to anywhere else.
// Must not know what runs on them.

import { Running } from "./running.ts";
import { ChatTerminal } from "./terminal.ts";
import { executable } from "./executable.ts";
import type { World } from "./world.ts";

/** Whether this system lets a user make such machines. */
export const canHaveMachines =
  process.platform === "linux" &&
  ["unshare", "nsenter", "ip"].every((tool) => Bun.which(tool) !== null) &&
  Bun.spawnSync(["unshare", "-rn", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"])
    .exitCode === 0;

/** Where one of them is reached from the other. */
export const ADDRESSES = ["10.77.0.1", "10.77.0.2"] as const;

export class Machine {
  readonly #world: World;
  readonly #enter: readonly string[];

  constructor(world: World, pid: number) {
    this.#world = world;
    this.#enter = ["nsenter", "-t", String(pid), "-U", "--preserve-credentials", "-n"];
  }

  /** Starts any program there. */
  start(command: readonly string[]): Running {
    const running = new Running([...this.#enter, ...command], {
      cwd: this.#world.folder,
      env: this.#world.env,
    });
    this.#world.defer(async () => {
      if (!running.over) running.kill("SIGKILL");
      await running.ended;
    });
    return running;
  }

  /** Starts classchat there. */
  classchat(...args: readonly string[]): Running {
    return this.start([executable(), ...args]);
  }

  /** Runs classchat there, without anything to read, to its end. */
  async run(...args: readonly string[]) {
    const running = this.classchat(...args);
    await running.feed("");
    return running.ended;
  }

  /** Starts classchat on a terminal there. */
  terminal(...args: readonly string[]): ChatTerminal {
    const env = { ...this.#world.env, TERM: "xterm-256color" };
    const command = [...this.#enter, executable(), ...args];
    const terminal = new ChatTerminal(command, { cwd: this.#world.folder, env }, { columns: 120, rows: 30 });
    this.#world.defer(async () => {
      if (!terminal.over) terminal.kill("SIGKILL");
      await terminal.ended;
    });
    return terminal;
  }
}

/** The first at 10.77.0.1, the second at 10.77.0.2; gone with the world. */
export async function twoMachines(world: World): Promise<readonly [Machine, Machine]> {
  const first = await held(world, ["unshare", "-rn"]);
  const inFirst = ["nsenter", "-t", String(first.pid), "-U", "--preserve-credentials"];
  const second = await held(world, [...inFirst, "unshare", "-n"]);
  const machines = [new Machine(world, first.pid), new Machine(world, second.pid)] as const;
  const steps = [
    `ip link add cable type veth peer name cable netns ${second.pid}`,
    ...[first.pid, second.pid].map((pid, i) => {
      const inside = `ip link set lo up; ip address add ${ADDRESSES[i]}/24 dev cable; ip link set cable up`;
      return `nsenter -t ${pid} -n sh -ec '${inside}'`;
    }),
  ];
  const plugged = "until ip link show cable | grep -q 'state UP'; do sleep 0.02; done";
  for (const [machine, script] of [
    [machines[0], steps.join("\n")],
    // Until a system has seen that there is somebody at the other end, it does not count the cable as a network.
    ...machines.map((each) => [each, plugged] as const),
  ] as const) {
    const { code, stderr } = await machine.start(["sh", "-ec", script]).ended;
    if (code !== 0) throw new Error(stderr);
  }
  return machines;
}

/** A process that keeps a namespace. */
async function held(world: World, into: readonly string[]): Promise<Running> {
  const command = [...into, "sh", "-c", "echo ready; exec cat"];
  const running = new Running(command, { cwd: world.folder, env: world.env });
  world.defer(async () => {
    running.kill("SIGKILL");
    await running.ended;
  });
  await running.until(/ready/);
  return running;
}
