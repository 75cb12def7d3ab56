// Logs: begun by one of their two people, appended to by their members in one order that everybody sees.

import { expect, test } from "bun:test";
import { directLog } from "../../src/domain/direct-log.ts";
import { encodeId } from "../../src/domain/id.ts";
import { MAX_MESSAGE } from "../../src/wire/limits.ts";
import { append, create, hall, key, messageId, person, type Raw, text } from "./hall.ts";

/** For those that go through many cases: the machine may be a slow one. */
const LONG = 60_000;

const four = text("four");

async function three() {
  const room = hall();
  const [ann, ben, cat] = [person("ann"), person("ben"), person("cat")];
  const [a, b, c] = [await room.enter(ann), await room.enter(ben), await room.enter(cat)];
  return { room, a, b, c, log: directLog(ann.identity.public, ben.identity.public), ann, ben, cat };
}

test("a log is that of the two people's keys, and of nobody else", async () => {
  const { a, b, c, log, ann } = await three();
  const refusals: [Raw, ReturnType<typeof create>, string][] = [
    [a, create("x".repeat(32), "ben", [b.id]), "wrong-log"],
    [a, create(log, "cat", [c.id]), "wrong-log"],
    [c, create(log, "ben", [b.id]), "wrong-log"],
    [a, create(directLog(ann.identity.public, ann.identity.public), "ann", [a.id]), "wrong-log"],
    [a, create(log, "nobody", [b.id]), "no-such-user"],
  ];
  for (const [link, request, code] of refusals) {
    expect([code, await link.ask(request, four)]).toMatchObject([code, { t: "refused", code }]);
  }
});

test("invitations go to the two people's devices alone, one each, and fill the body", async () => {
  const { a, b, c, log } = await three();
  const [one] = create(log, "ben", [b.id]).welcomes;
  if (one === undefined) throw new Error("no welcome");
  const request = (welcomes: (typeof one)[]) => ({
    t: "create" as const,
    log,
    with: "ben",
    info: 9,
    welcomes,
  });
  const wrong: [ReturnType<typeof request>, Uint8Array, string][] = [
    [create(log, "ben", [b.id, c.id]), text("fourfour"), "not-member"],
    [create(log, "ben", [encodeId(key().public)]), four, "not-member"],
    [create(log, "ben", [a.id]), four, "not-member"],
    [create(log, "ben", [b.id, b.id]), text("fourfour"), "malformed"],
    [request([]), new Uint8Array(0), "malformed"],
    [request([{ ...one, size: 3 }]), four, "malformed"],
    [request([{ ...one, size: 5 }]), four, "malformed"],
  ];
  for (const [asked, body, code] of wrong) {
    expect([code, await a.ask(asked, body)]).toMatchObject([code, { t: "refused", code }]);
  }
  expect([b, c].flatMap((link) => link.all("entry"))).toEqual([]);
  expect(await a.ask(create(log, "ben", [b.id]), four)).toMatchObject({ t: "created", seq: 0 });
});

test("who creates again after a lost answer is told the same; the other side is told that it exists", async () => {
  const { a, b, c, log } = await three();
  const request = create(log, "ben", [b.id]);
  a.tell(request, four);
  const other = b.tell(create(log, "ann", [a.id]), four);
  const again = a.tell(request, four);
  await c.ask({ t: "ping" });
  expect(a.answer(again)).toMatchObject({ t: "created", seq: 0 });
  expect(b.answer(other)).toMatchObject({ t: "refused", code: "log-exists" });
  expect(b.all("entry")).toMatchObject([{ kind: "welcome", log: b.id, seq: 1, sender: a.id }]);
  expect(a.all("entry")).toEqual([]);
});

test("only members append, in the log's epoch, and no more than a message may hold", async () => {
  const { a, b, c, log } = await three();
  expect(await a.ask(append(log), four)).toMatchObject({ t: "refused", code: "no-such-log" });
  await a.ask(create(log, "ben", [b.id]), four);
  expect(await c.ask(append(log), four)).toMatchObject({ t: "refused", code: "not-member" });
  expect(await c.ask(append(a.id), four)).toMatchObject({ t: "refused", code: "not-member" });
  for (const epoch of [0, 2, Number.MAX_SAFE_INTEGER]) {
    expect(await a.ask(append(log, messageId(), epoch), four)).toMatchObject({ code: "stale-epoch" });
  }
  const huge = await a.ask(append(log), new Uint8Array(MAX_MESSAGE + 1));
  expect(huge).toMatchObject({ t: "refused", code: "too-large" });
  const largest = await a.ask(append(log), new Uint8Array(MAX_MESSAGE));
  expect(largest).toMatchObject({ t: "accepted", seq: 1, of: 1 });
  expect(b.all("entry").filter((one) => one.kind === "message")).toHaveLength(1);
});

test("nobody writes into an inbox, not even its owner", async () => {
  const { a, b } = await three();
  for (const epoch of [0, 1]) {
    expect(await a.ask(append(b.id, messageId(), epoch), four)).toMatchObject({ t: "refused" });
    expect(await b.ask(append(b.id, messageId(), epoch), four)).toMatchObject({ t: "refused" });
  }
  expect(b.all("entry")).toEqual([]);
});

test("the same message sent again is answered as the first time and told to nobody", async () => {
  const { room, a, b, log } = await three();
  await a.ask(create(log, "ben", [b.id]), four);
  const id = messageId();
  const first = await a.ask(append(log, id), four);
  room.clock.advance(5_000);
  const again = await a.ask(append(log, id), four);
  if (first.t !== "accepted" || again.t !== "accepted") throw new Error("refused");
  expect([again.seq, again.time, again.of]).toEqual([first.seq, first.time, first.of]);
  expect(b.all("entry").filter((one) => one.kind === "message")).toHaveLength(1);
  // An id is its sender's: another may use the same.
  expect(await b.ask(append(log, id), four)).toMatchObject({ t: "accepted", seq: 2 });
});

test("the same message sent again after the server has started anew is answered as the first time", async () => {
  const { room, a, b, log, ann } = await three();
  await a.ask(create(log, "ben", [b.id]), four);
  const id = messageId();
  await a.ask(append(log, id), four);
  const next = hall(room.durable);
  const link = await next.enter(ann);
  expect(link.all("entry")).toMatchObject([{ log, seq: 1, id }]);
  expect(await link.ask(append(log, id), four)).toMatchObject({ t: "accepted", seq: 1 });
  expect(await link.ask(append(log), four)).toMatchObject({ t: "accepted", seq: 2 });
});

test("what is acknowledged on disk was answered before it was pushed, and pushed only when it was on disk", async () => {
  const { room, a, b, log } = await three();
  await a.ask(create(log, "ben", [b.id]), four);
  room.holdDisk();
  const re = a.tell(append(log), four);
  await room.net.quiet();
  expect(() => a.answer(re)).toThrow();
  expect(b.all("entry").filter((one) => one.kind === "message")).toEqual([]);
  room.freeDisk();
  await room.net.quiet();
  expect(a.answer(re)).toMatchObject({ t: "accepted", seq: 1, stands: true });
  expect(b.all("entry").at(-1)).toMatchObject({ seq: 1 });
});

/** What a session saw of a log, in order: entries, and answers that stand for one. */
function seen(link: Raw, log: string): number[] {
  return link.got.flatMap(({ message }) => {
    if (message.t === "entry" && message.log === log) return [message.seq];
    return message.t === "accepted" && message.stands === true ? [message.seq] : [];
  });
}

test(
  "however two senders interleave, each sees the whole log once and in order",
  async () => {
    for (let seed = 1; seed <= 40; seed++) {
      let state = seed * 2654435761;
      const roll = (n: number) => {
        state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
        return state % n;
      };
      const { room, a, b, log, ben } = await three();
      await a.ask(create(log, "ben", [b.id]), four);
      let second = b;
      let written = 0;
      let acknowledged = 0;
      for (let step = 0; step < 60; step++) {
        const link = roll(2) === 0 ? a : second;
        switch (roll(8)) {
          case 0:
            link.pipes?.server.stall();
            break;
          case 1:
            link.pipes?.server.release();
            break;
          case 2:
            await new Promise((resolve) => setImmediate(resolve));
            break;
          case 3:
            room.holdDisk();
            break;
          case 4:
            room.freeDisk();
            break;
          default:
            link.tell(append(log), new Uint8Array(roll(3) === 0 ? 90_000 : 10));
            written += 1;
        }
        if (step !== 30) continue;
        room.freeDisk();
        second.pipes?.server.release();
        await room.net.quiet();
        expect(seen(second, log)).toEqual(Array.from({ length: written }, (_, i) => i + 1));
        acknowledged = written;
        second.ack(log, acknowledged);
        second.pipes?.client.close();
        second = await room.enter(ben, { sync: false });
        second.tell({ t: "sync" });
      }
      room.freeDisk();
      for (const link of [a, second]) link.pipes?.server.release();
      await room.net.quiet();
      const all = Array.from({ length: written }, (_, i) => i + 1);
      expect([seed, seen(a, log)]).toEqual([seed, all]);
      expect([seed, seen(second, log)]).toEqual([seed, all.slice(acknowledged)]);
    }
  },
  LONG,
);
