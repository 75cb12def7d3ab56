// One run: a class, its server and their network from a seed, through trouble to calm, and what must hold in the end.
// Nothing in it depends on the real clock, on chance or on other runs.

import { ACTIONS, type World } from "./actions.ts";
import { Chance } from "./chance.ts";
import { Device, stackOf } from "./device.ts";
import { comebackFaults, endFaults, type Fault, openWishes } from "./end.ts";
import { cipherAtOnce, fileFaults, openTransfers, sendFiles } from "./files.ts";
import { faceFaults, groupFaults } from "./group-end.ts";
import { Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import { type Plan, planOf } from "./plan.ts";
import { lastRemarkFaults, remarkFaults, Remarks } from "./remarks.ts";
import { ServerMachine } from "./server-machine.ts";
import { STILL_PROMISED } from "./still-promised.ts";
import { MachineClock, Time } from "./time.ts";
import { Trace } from "./trace.ts";
import { Wiretap } from "./wiretap.ts";

export interface Outcome {
  readonly seed: number;
  /** Equal for two runs in which the same happened. */
  readonly hash: string;
  readonly steps: number;
  readonly messages: number;
  /** The first promise that was broken. */
  readonly broken: { readonly invariant: string; readonly detail: string } | undefined;
  /** What happened last, a line each. */
  readonly trace: readonly string[];
}

const NAMES =
  "alfa bravo carla delta erika fritz golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango uma victor whisky xenia yankee zulu amber birch cedar daisy ember fern grove hazel iris jade kestrel lark maple nettle".split(
    " ",
  );
/** Steps after which a run is one that never ends. */
const MOST_STEPS = 2_000_000;
/** How long the class has to come to rest once trouble is over, and how long it must stay so; ms. */
const CALM = 15 * 60_000;
const REST = 100_000;
/** Frames a device may cost while nothing is to be done: pings and their answers, with room. */
const IDLE_FRAMES = 40;
const LAST_LINES = 40;
class Run implements World {
  readonly chance: Chance;
  readonly time = new Time();
  readonly trace: Trace;
  readonly network: Network;
  readonly server: ServerMachine;
  readonly devices: readonly Device[];
  readonly ledger: Ledger;
  readonly later: World["later"];
  broken: Outcome["broken"];
  over = false;
  readonly #plan: Plan;
  readonly #seed: number;
  readonly #tap: Wiretap;
  readonly #remarks: Remarks;
  #actions = 0;
  #isCalm = false;

  constructor(seed: number, print?: (line: string) => void) {
    const root = new Chance(`seed ${seed}`);
    const plan = planOf(seed);
    this.#plan = plan;
    this.#seed = seed;
    this.chance = root.fork("actions");
    const { time } = this;
    this.later = (ms, act) =>
      void time.after(ms, () => {
        if (!this.#isCalm) act();
      });
    this.trace = new Trace(() => time.now, print);
    const { trace } = this;
    trace.line("plan", JSON.stringify({ ...plan, weights: Object.fromEntries(plan.weights) }));
    const violate = (invariant: string, detail: string) => this.violate(invariant, detail);
    const bug = (what: string) => this.violate("no bug comes to light", `server: ${what}`);
    this.server = new ServerMachine(time, root.fork("server"), trace, plan.storeDelay, () => ({
      stored: () => this.ledger.stored(),
      admittedAt: (log, device) => this.ledger.groups.admittedAt(log, device),
      bug,
    }));
    this.ledger = new Ledger(this.server.durable, `the-secret-word-of-${seed}`, violate);
    this.#tap = new Wiretap(this.ledger, trace, violate);
    const weather = {
      time,
      chance: root.fork("network"),
      delay: plan.linkDelay,
      weight: plan.weight,
      tap: this.#tap.sent.bind(this.#tap),
    };
    this.network = new Network(weather, this.server);
    this.server.network = this.network;
    this.#remarks = new Remarks(this, seed);
    const around = {
      network: this.network,
      ledger: this.ledger,
      trace,
      violate,
      serverKey: this.server.key,
      tells: () => this.#remarks.tells(),
    };
    this.devices = NAMES.slice(0, plan.people).map((name) => {
      const chance = root.fork(name);
      return new Device(name, new MachineClock(time, chance.between(-5_000, 5_000)), chance, around);
    });
  }

  violate(invariant: string, detail: string): void {
    if (this.broken !== undefined) return;
    if (this.#plan.comebacks && !STILL_PROMISED.has(invariant)) return;
    this.trace.line("BROKEN", `${invariant}: ${detail}`);
    this.broken = { invariant, detail };
  }

  begin(): void {
    this.server.start();
    for (const device of this.devices)
      this.time.after(this.chance.pause(this.chance.pick([10, 10, 20_000])), () => device.boot());
    const founding = ACTIONS.find(({ name }) => name === "create a group");
    for (let i = 0; i < this.#plan.groups; i++)
      this.later(this.chance.between(500, 2_000), () => founding?.act(this));
    this.time.after(this.chance.between(0, 3_000), () => this.#next());
    const within = this.#plan.actions * this.#plan.pause;
    sendFiles(this, this.#seed, within);
    this.#remarks.begin(within);
  }

  #next(): void {
    const pause = this.chance.pause(this.#plan.pause);
    if (this.#actions === this.#plan.actions) return void this.time.after(pause, () => this.#calm());
    this.#actions += 1;
    this.time.after(pause, () => {
      this.#act();
      this.#next();
    });
  }

  #act(): void {
    const possible = ACTIONS.map((action) => ({ action, weight: this.#plan.weights.get(action.name) ?? 0 }));
    let left = this.chance.fraction() * possible.reduce((sum, { weight }) => sum + weight, 0);
    const chosen = possible.find(({ weight }) => (left -= weight) < 0);
    chosen?.action.act(this);
  }

  /** Trouble is over: nothing fails any more, and everyone comes. What is broken by now must mend itself. */
  #calm(): void {
    this.trace.line("calm", "");
    this.#isCalm = true;
    this.#untilRest(() => this.#lastWords());
  }

  #untilRest(rest: () => void): void {
    const until = this.time.now + CALM;
    const look = () => {
      this.server.full = false;
      this.server.doom = undefined;
      this.server.start();
      for (const device of this.devices) {
        device.full = false;
        device.doom = undefined;
        device.reachable = true;
        device.boot();
      }
      const { comebacks } = this.#plan;
      const open = openWishes(this.ledger, this.devices, this.server, comebacks);
      if (!comebacks) open.push(...openTransfers(this.devices));
      for (const device of this.devices) open.push(...this.ledger.reads.open(device));
      if (open.length === 0) return rest();
      if (this.time.now < until) return void this.time.after(1_000, look);
      this.violate("all comes to rest", open.slice(0, 5).join("; "));
    };
    look();
  }

  /** Everyone says one thing more wherever they are. */
  #lastWords(): void {
    this.trace.line("last words", "");
    this.#hold(this.ledger.reads.faults(this.devices, this.#plan.comebacks));
    for (const device of this.devices) {
      for (const { name } of device.groups()) device.say(name, 10, true);
      device.say(this.chance.pick(this.devices.filter((other) => other !== device)).name, 10, true);
    }
    this.time.after(100, () => this.#untilRest(() => this.#lastRemarks()));
  }

  /** And something about what was said last. */
  #lastRemarks(): void {
    if (!this.#remarks.are) return this.#rest();
    this.#remarks.last();
    this.time.after(100, () => this.#untilRest(() => this.#rest()));
  }

  #rest(): void {
    this.trace.line("rest", "");
    const before = this.#tap.count;
    this.time.after(REST, () => {
      const frames = this.#tap.count - before;
      if (frames > IDLE_FRAMES * this.devices.length)
        this.violate("who has nothing to do is quiet", `${frames} frames`);
      // Everyone comes once more: nothing may be new to them.
      for (const wire of this.network.wires) wire.break({ up: false, down: false, client: 0, server: 0 });
      this.time.after(REST, () => {
        this.#end().catch((error: unknown) => this.violate("nothing throws", stackOf(error)));
      });
    });
  }

  async #end(): Promise<void> {
    const { ledger, devices, server } = this;
    const { comebacks } = this.#plan;
    await server.process?.store.trim();
    this.#hold([
      ...(comebacks ? comebackFaults(ledger, devices) : endFaults(ledger, devices, server.durable)),
      ...groupFaults(devices, server.durable, comebacks),
      ...(comebacks ? [] : await faceFaults(devices, server.durable)),
      ...(comebacks ? [] : fileFaults(ledger, devices, server.chunks)),
      ...ledger.reads.faults(devices, comebacks),
      ...(comebacks ? lastRemarkFaults(ledger, devices) : remarkFaults(ledger, devices)),
    ]);
    this.over = true;
  }

  #hold(faults: readonly Fault[]): void {
    for (const [invariant, detail] of faults) this.violate(invariant, detail);
  }
}

/** Everything that follows from what has just happened, to the last promise: none of it needs the real clock. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** An outcome that broke a promise, for whoever is to mend it. */
export function report({ seed, broken, trace }: Outcome): string {
  return [
    `seed ${seed} breaks a promise: ${broken?.invariant}`,
    `  ${broken?.detail}`,
    "the last that happened:",
    ...trace.map((line) => `  ${line}`),
    `replay: bun run sim --seed ${seed} --trace`,
  ].join("\n");
}

/** Runs a seed. `print` is given the trace as it comes. */
export async function simulate(seed: number, print?: (line: string) => void): Promise<Outcome> {
  const run = new Run(seed, print);
  const unhandled = (error: unknown) => run.violate("nothing throws", stackOf(error));
  process.on("unhandledRejection", unhandled);
  const undo = cipherAtOnce();
  let steps = 0;
  try {
    run.begin();
    await turn();
    while (!run.over && run.broken === undefined) {
      if (++steps > MOST_STEPS) run.violate("every run ends", `${steps} steps`);
      if (!run.time.step()) run.violate("every run ends", "nothing is left to happen");
      await turn();
    }
  } catch (error) {
    run.violate("nothing throws", stackOf(error));
  } finally {
    undo();
    process.off("unhandledRejection", unhandled);
  }
  const { broken, ledger, trace } = run;
  return {
    seed,
    hash: trace.hash,
    steps,
    messages: ledger.sayings.said.length,
    broken,
    trace: trace.last(LAST_LINES),
  };
}
