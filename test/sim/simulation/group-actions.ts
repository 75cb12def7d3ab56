// What people do in groups, one row each. Must not know what ought to come of it.

import type { GroupChange } from "../../../src/client/events.ts";
import { encodeId } from "../../../src/domain/id.ts";
import { decodeRules } from "../../../src/wire/rules.ts";
import type { Action, World } from "./actions.ts";
import type { Chance } from "./chance.ts";
import type { Device } from "./device.ts";

const SECOND = 1_000;
const DAY = 24 * 3_600 * SECOND;

const NAMES = ["algebra", "botany", "chemistry", "drama"];

/** Somebody who is in a group, and one of the groups they are in; the larger groups more often. */
function member({ chance, devices }: World): { device: Device; name: string; log: string } | undefined {
  const places = devices.flatMap((device) => device.groups().map((group) => ({ device, ...group })));
  return places.length === 0 ? undefined : chance.pick(places);
}

/** As `member`, mostly one who is an admin there. */
function admin(world: World): ReturnType<typeof member> {
  const { chance, devices, server } = world;
  const { logs, accounts } = server.durable;
  const places = devices.flatMap((device) => {
    const identity = accounts.get(device.name)?.identity;
    if (identity === undefined) return [];
    const isAdmin = (log: string) => {
      const rules = logs.get(log)?.group?.rules;
      return rules !== undefined && decodeRules(rules)?.admins.includes(encodeId(identity)) === true;
    };
    const own = device.groups().filter(({ log }) => isAdmin(log));
    return own.map((group) => ({ device, ...group }));
  });
  return places.length > 0 && chance.happens(0.8) ? chance.pick(places) : member(world);
}

/** A name that some group has or had. */
function groupName(world: World): string {
  const here = world.devices.flatMap((device) => device.groups().map(({ name }) => name.slice(1)));
  return here.length > 0 && world.chance.happens(0.8) ? world.chance.pick(here) : world.chance.pick(NAMES);
}

function join(device: Device, name: string): void {
  device.asks(`joins ${name}`, (face) => face.joinGroup(name));
}

/** Mostly one that makes sense in the group. */
function aChange({ chance, devices }: World, log: string): GroupChange {
  const isIn = (device: Device) => device.groups().some((one) => one.log === log);
  const among = (fit: readonly Device[]) =>
    chance.pick(fit.length > 0 && chance.happens(0.9) ? fit : devices);
  const newcomer = among(devices.filter((device) => !isIn(device))).name;
  const other = chance.pick(devices).name;
  const { name } = among(devices.filter(isIn));
  return chance.pick<GroupChange>([
    { change: "add", names: newcomer === other ? [newcomer] : [newcomer, other] },
    { change: "add", names: [newcomer] },
    { change: "remove", name },
    { change: "remove", name },
    { change: "rename", to: `${chance.pick(NAMES)}${chance.below(3)}` },
    { change: "admin", name },
    { change: "not-admin", name },
    { change: "announcement", on: chance.happens(0.2) },
    { change: "open", on: chance.happens(0.5) },
    ...(chance.happens(0.1) ? [{ change: "close" } as const] : []),
  ]);
}

/** Within a moment of each other, or not. */
function spread(chance: Chance): number {
  return chance.pick([50, 500, 5 * SECOND]);
}

export const groupActions: readonly Omit<Action, "trouble">[] = [
  {
    name: "create a group",
    weight: 3,
    act(world) {
      const { chance, later, devices } = world;
      const founder = chance.pick(devices);
      const name = chance.pick(NAMES);
      const history = chance.pick([0, 5, 50]);
      const group = { name, open: chance.happens(0.8), announcement: chance.happens(0.05), history };
      const mean = spread(chance);
      const others = devices.filter((one) => one !== founder && chance.happens(0.7)).slice(0, 11);
      founder.asks(`creates ${name}`, async (face) => {
        const made = await face.createGroup(group);
        for (const other of others) later(chance.pause(mean), () => join(other, name));
        return made;
      });
    },
  },
  {
    name: "join a group",
    weight: 8,
    act: (world) => join(world.chance.pick(world.devices), groupName(world)),
  },
  {
    name: "leave a group",
    weight: 4,
    act(world) {
      const found = member(world);
      found?.device.asks(`leaves ${found.name}`, (face) => face.leaveGroup(found.name));
    },
  },
  {
    name: "leave a group and join it again",
    weight: 3,
    act(world) {
      const found = member(world);
      if (found === undefined) return;
      const { device, name } = found;
      device.asks(`leaves ${name}`, (face) => face.leaveGroup(name));
      world.later(world.chance.pause(spread(world.chance)), () => join(device, name));
    },
  },
  {
    name: "change a group",
    weight: 10,
    act(world) {
      const found = admin(world);
      if (found === undefined) return;
      const change = aChange(world, found.log);
      found.device.asks(`changes ${found.name}: ${JSON.stringify(change)}`, (face) =>
        face.changeGroup(found.name, change),
      );
    },
  },
  {
    name: "change a group at once",
    weight: 5,
    act(world) {
      const found = admin(world);
      if (found === undefined) return;
      for (const device of world.devices) {
        if (!device.groups().some(({ log }) => log === found.log) || world.chance.happens(0.4)) continue;
        const change = aChange(world, found.log);
        world.later(world.chance.below(300), () =>
          device.asks(`changes ${found.name}: ${JSON.stringify(change)}`, (face) =>
            face.changeGroup(found.name, change),
          ),
        );
      }
    },
  },
  {
    name: "write to a group",
    weight: 24,
    act(world) {
      const found = member(world);
      for (let i = world.chance.pick([1, 1, 1, 6]); i > 0; i--)
        found?.device.say(found.name, world.chance.below(200));
    },
  },
  {
    name: "write in a group to each other",
    weight: 14,
    act(world) {
      const found = member(world);
      if (found === undefined) return;
      for (const device of world.devices) {
        if (!device.groups().some(({ log }) => log === found.log) || world.chance.happens(0.3)) continue;
        world.later(world.chance.below(200), () => device.say(found.name, 20));
      }
    },
  },
  {
    name: "write to a group one may not be in",
    weight: 1,
    act: (world) => world.chance.pick(world.devices).say(`@${groupName(world)}`, 20),
  },
  {
    name: "look at groups",
    weight: 2,
    act(world) {
      const device = world.chance.pick(world.devices);
      const name = groupName(world);
      device.asks("looks at the groups", (face) => face.groups());
      device.asks(`looks at who is in ${name}`, (face) => face.members(name));
    },
  },
  {
    name: "have a holiday",
    weight: 0.5,
    act(world) {
      const { chance, later, devices, server, time, trace } = world;
      for (const device of devices) device.leave();
      later(2 * SECOND, () => {
        for (const device of devices) device.kill();
        server.kill();
        const days = chance.between(1, 4);
        trace.line("class", `has ${days} days off`);
        time.calendar += days * DAY;
        server.start();
        for (const device of devices) later(chance.pause(5 * SECOND), () => device.boot());
      });
    },
  },
];
