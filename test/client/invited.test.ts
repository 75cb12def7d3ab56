// What a link says of itself before there is anybody, asked of a server without leaving a trace there.

import { expect, test } from "bun:test";
import { askOfLink } from "../../src/client/invited.ts";
import { secretHash } from "../../src/domain/invitation.ts";
import { encodeMessage } from "../../src/wire/codec.ts";
import { hall, key } from "../server/hall.ts";
import type { Dial, Link } from "../../src/ports.ts";

const OWN = new Uint8Array(16).fill(1);

test("whom it is for, or why it lets nobody in; nobody is registered by that", async () => {
  const room = hall();
  const invitation = { hash: secretHash(OWN), role: "student" as const, time: 0 };
  await room.store.invitations.invite([{ ...invitation, invitee: { name: "Ann", fold: "ann" } }], false);
  const asked = () => askOfLink({ dial: room.net.dial(key().public), clock: room.clock }, "test", OWN);
  expect(await asked()).toEqual({ ok: true, name: "Ann" });
  await room.store.invitations.revoke([1]);
  expect(await asked()).toEqual({ ok: false, cause: { kind: "refused", code: "invitation-revoked" } });
  expect(await room.store.accounts("", 9)).toEqual([]);
  await room.net.quiet();
  expect(room.server.connected).toBe(0);
});

test("a server that knows no invitations says nothing against a link", async () => {
  for (const code of ["not-registered", "unknown-type"] as const) {
    const room = hall();
    const dial: Dial = async (attach) => {
      const link: Link = {
        peer: new Uint8Array(32),
        local: false,
        remote: "made up",
        queued: 0,
        send(frame) {
          const text = new TextDecoder().decode(frame);
          const re = Number(/"re":(\d+)/.exec(text)?.[1]);
          const welcome = { t: "welcome", re, version: 1, class: "x", time: 0 } as const;
          const answer = text.includes('"hello"') ? welcome : ({ t: "refused", re, code } as const);
          setImmediate(() => to.data(encodeMessage(answer)));
        },
        close: () => void setImmediate(() => to.ended({ cause: "closed" })),
      };
      const to = attach(link);
      return { ok: true, link };
    };
    expect(await askOfLink({ dial, clock: room.clock }, "test", OWN)).toEqual({ ok: true });
  }
});

test("that it cannot be asked is told", async () => {
  const room = hall();
  const failure = { cause: "wrong-key", detail: "", found: new Uint8Array(32) } as const;
  const dial: Dial = async () => ({ ok: false, failure });
  expect(await askOfLink({ dial, clock: room.clock }, "test", OWN)).toEqual({
    ok: false,
    cause: { kind: "dial", failure },
  });
});
