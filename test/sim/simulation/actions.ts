// All that people do and that goes wrong, one row each. A new kind of either is a new row here.
// Must not know what ought to come of it.

import type { Chance } from "./chance.ts";
import { comebacks } from "./comebacks.ts";
import type { Device } from "./device.ts";
import { groupActions } from "./group-actions.ts";
import type { Ledger } from "./ledger.ts";
import type { Network } from "./network.ts";
import type { ServerMachine } from "./server-machine.ts";
import type { Time } from "./time.ts";
import type { Trace } from "./trace.ts";

/** What an action may lay its hands on. */
export interface World {
  readonly chance: Chance;
  /** Calls back after `ms`, unless calm has come by then. */
  readonly time: Time;
  readonly later: (ms: number, act: () => void) => void;
  readonly trace: Trace;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly server: ServerMachine;
  readonly devices: readonly Device[];
}

export interface Action {
  readonly name: string;
  readonly weight: number;
  /** Something goes wrong; else it is what people do. */
  readonly trouble: boolean;
  /** Something that was on a disk is lost: only in runs in which less is promised. */
  readonly comeback?: boolean;
  act(world: World): void;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Mostly short; at times long enough to fill a queue. */
function size(chance: Chance): number {
  return chance.happens(0.05) ? chance.between(1_000, 20_000) : chance.below(200);
}

/** Two different people. */
function pair({ chance, devices }: World): [Device, Device] {
  const one = chance.pick(devices);
  return [one, chance.pick(devices.filter((other) => other !== one))];
}

/** Clocks are a little off often, and grossly at times. */
function jump(chance: Chance): number {
  const ms = chance.pick([SECOND, MINUTE, 60 * MINUTE, 20 * 60 * MINUTE]);
  return chance.happens(0.5) ? chance.below(ms) : -chance.below(ms);
}

function kill(world: World, device: Device): void {
  device.kill();
  world.later(world.chance.pause(5 * SECOND), () => device.boot());
}

function restart(world: World): void {
  const { server, chance, later } = world;
  if (chance.happens(0.3)) server.forgetCursors();
  later(chance.pause(3 * SECOND), () => server.start());
}

const people: readonly Omit<Action, "trouble">[] = [
  {
    name: "write",
    weight: 12,
    act(world) {
      const [from, to] = pair(world);
      from.say(to.name, size(world.chance));
    },
  },
  {
    name: "write much",
    weight: 1.5,
    act(world) {
      const [from, to] = pair(world);
      const count = world.chance.pick([5, 10, 70]);
      for (let i = 0; i < count; i++) from.say(to.name, world.chance.below(100));
    },
  },
  {
    name: "write to many",
    weight: 2,
    act({ chance, devices }) {
      const from = chance.pick(devices);
      for (const to of devices) if (to !== from && chance.happens(0.6)) from.say(to.name, size(chance));
    },
  },
  {
    name: "write to each other",
    weight: 4,
    act(world) {
      const [one, other] = pair(world);
      for (let i = world.chance.between(1, 3); i > 0; i--) one.say(other.name, 20);
      world.later(world.chance.below(100), () => other.say(one.name, 20));
    },
  },
  {
    name: "leave and return",
    weight: 6,
    act({ chance, later, devices }) {
      const device = chance.pick(devices);
      device.leave();
      later(chance.pause(chance.pick([SECOND, 20 * SECOND])), () => device.boot());
    },
  },
  {
    name: "read",
    weight: 4,
    act: ({ chance, devices }) => chance.pick(devices).look(),
  },
];

const troubles: readonly Omit<Action, "trouble">[] = [
  {
    name: "break a connection",
    weight: 8,
    act({ chance, network, trace }) {
      const { wires } = network;
      if (wires.length === 0) return;
      const wire = chance.pick(wires);
      trace.line(wire.client.process.name, `loses its connection ${JSON.stringify(network.breakOne(wire))}`);
    },
  },
  {
    name: "break all connections",
    weight: 1,
    act({ network, trace }) {
      trace.line("network", "loses all connections");
      for (const wire of network.wires) network.breakOne(wire);
    },
  },
  {
    name: "stall a connection",
    weight: 4,
    act({ chance, network, trace }) {
      const { wires } = network;
      if (wires.length === 0) return;
      const wire = chance.pick(wires);
      const ms = chance.pause(chance.pick([SECOND, 10 * SECOND]));
      trace.line(wire.client.process.name, `is held up for ${ms} ms`);
      wire.stall(ms);
    },
  },
  {
    name: "be without a network",
    weight: 3,
    act({ chance, later, network, devices, trace }) {
      const device = chance.pick(devices);
      trace.line(device.name, "has no network");
      device.reachable = false;
      for (const wire of network.wires) if (network.ownerOf(wire) === device) network.breakOne(wire);
      later(chance.pause(10 * SECOND), () => {
        device.reachable = true;
      });
    },
  },
  {
    name: "kill a client",
    weight: 5,
    act: (world) => kill(world, world.chance.pick(world.devices)),
  },
  {
    name: "kill a client at a write",
    weight: 8,
    act(world) {
      const { chance, later } = world;
      const device = chance.pick(world.devices);
      device.doom = { left: chance.between(1, 4), when: chance.pick(["before", "after"]) };
      later(chance.pause(10 * SECOND), () => kill(world, device));
    },
  },
  {
    name: "fill a client's disk",
    weight: 2,
    act({ chance, later, devices, trace }) {
      const device = chance.pick(devices);
      trace.line(device.name, "has a full disk");
      device.full = true;
      later(chance.pause(4 * SECOND), () => {
        device.full = false;
      });
    },
  },
  {
    name: "kill the server",
    weight: 2,
    act(world) {
      world.server.kill();
      restart(world);
    },
  },
  {
    name: "kill the server at a write",
    weight: 5,
    act(world) {
      const { server, chance, later } = world;
      server.doom = { left: chance.between(1, 6), when: chance.pick(["before", "after"]) };
      later(chance.pause(5 * SECOND), () => {
        server.kill();
        restart(world);
      });
    },
  },
  {
    name: "restart the server",
    weight: 1,
    act: (world) => void world.server.stop(() => restart(world)),
  },
  {
    name: "fill the server's disk",
    weight: 3,
    act({ server, chance, later, trace }) {
      trace.line("server", "has a full disk");
      server.full = true;
      later(chance.pause(3 * SECOND), () => {
        server.full = false;
      });
    },
  },
  {
    name: "set a client's clock",
    weight: 3,
    act({ chance, devices, trace }) {
      const device = chance.pick(devices);
      const ms = jump(chance);
      trace.line(device.name, `has its clock set by ${ms} ms`);
      device.clock.jump(ms);
    },
  },
  {
    name: "set the server's clock",
    weight: 1,
    act({ chance, server, trace }) {
      const ms = jump(chance);
      trace.line("server", `has its clock set by ${ms} ms`);
      server.clock.jump(ms);
    },
  },
];

export const ACTIONS: readonly Action[] = [
  ...[...people, ...groupActions].map((action) => ({ ...action, trouble: false })),
  ...troubles.map((action) => ({ ...action, trouble: true })),
  ...comebacks.map((action) => ({ ...action, trouble: false, comeback: true })),
];
