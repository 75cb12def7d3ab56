// Disks that are put back from older copies of themselves, one row each: what was since is gone from there.
// Must not know what ought to come of it.

import type { Action } from "./actions.ts";

const SECOND = 1_000;

export const comebacks: readonly Omit<Action, "trouble">[] = [
  {
    name: "put a client back",
    weight: 6,
    act({ chance, later, devices }) {
      const device = chance.pick(devices);
      // One without keys is none: it would be that of another person.
      if (device.disk.records.get("profile") === undefined) return;
      const copy = device.copy();
      later(chance.pause(chance.pick([SECOND, 30 * SECOND])), () => {
        device.kill();
        device.putBack(copy);
        later(chance.pause(5 * SECOND), () => device.boot());
      });
    },
  },
  {
    name: "put the server back",
    weight: 3,
    act({ chance, later, server }) {
      const copy = server.copy();
      later(chance.pause(chance.pick([SECOND, 30 * SECOND])), () => {
        server.kill();
        server.putBack(copy);
        later(chance.pause(3 * SECOND), () => server.start());
      });
    },
  },
];
