// The hand-written checks of the two frequent messages accept what their schemas accept, and nothing else.

import { expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { encodeMessage } from "../../src/wire/codec.ts";
import {
  encodeAccepted,
  encodeEntry,
  encodeReceipt,
  encodeReceipts,
  isAck,
  isAppend,
} from "../../src/wire/frequent.ts";
import { SERVER } from "./arbitrary-messages.ts";
import { CLIENT_MESSAGES } from "../../src/wire/messages.ts";

const id = (length: number) => "A_-z".repeat(11).slice(0, length);
const good = {
  ack: { t: "ack", log: id(32), seq: 1 },
  append: { t: "append", re: 1, log: id(43), id: id(22), epoch: 0, cursor: 2, blob: id(32) },
};
const odd = fc.oneof(
  fc.constantFrom(null, true, "", {}, [], -1, 0, 0.5, -0, 2 ** 53, 2 ** 53 - 1, Number.NaN, Infinity),
  fc.constantFrom(21, 22, 31, 32, 33, 42, 43, 44).map(id),
  fc.constantFrom(
    `${id(31)}+`,
    `${id(31)}\n`,
    `${id(32)}\n`,
    `${id(22)}\n`,
    `${id(21)}=`,
    id(32).replace("A", "é"),
  ),
);

for (const [name, message, check] of [
  ["ack", good.ack, isAck],
  ["append", good.append, isAppend],
] as const) {
  test(`${name}: any field changed or left out is judged as the schema judges it`, () => {
    const schema = CLIENT_MESSAGES[name];
    expect(check(message)).toBe(true);
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(message), "more"),
        odd,
        fc.boolean(),
        (field, value, without) => {
          const header: Record<string, unknown> & { t: string } = { ...message };
          if (without) delete header[field];
          else header[field] = value;
          expect(check(header)).toBe(v.is(schema, header));
        },
      ),
      { numRuns: 2000 },
    );
  });
}

test("an entry is written as any message is", () => {
  fc.assert(
    fc.property(SERVER.entry, fc.uint8Array({ maxLength: 64 }), ({ t, ...entry }, body) => {
      expect(Buffer.from(encodeEntry({ ...entry, body }))).toEqual(
        Buffer.from(encodeMessage({ t, ...entry }, body)),
      );
    }),
  );
});

test("a receipt is written as any message is", () => {
  fc.assert(
    fc.property(SERVER.receipt, ({ t, log, device, seq, expired }) => {
      const receipt = { log, device, seq, ...(expired === undefined ? {} : { expired }) };
      expect(Buffer.from(encodeReceipt(receipt))).toEqual(Buffer.from(encodeMessage({ t, ...receipt })));
    }),
  );
});

test("gathered receipts are written as any message is", () => {
  fc.assert(
    fc.property(SERVER.receipts, ({ t, log, cursors }) => {
      const moved = cursors.map(([device, to]) => ({ device, to }));
      expect(Buffer.from(encodeReceipts(log, moved))).toEqual(
        Buffer.from(encodeMessage({ t, log, cursors })),
      );
    }),
  );
});

test("an acceptance is written as any message is", () => {
  fc.assert(
    fc.property(SERVER.accepted, ({ t, re, seq, time, of, stands }) => {
      const answer = { re, seq, time, of, ...(stands === true ? { stands } : {}) };
      expect(Buffer.from(encodeAccepted(answer))).toEqual(Buffer.from(encodeMessage({ t, ...answer })));
    }),
  );
});
