// Frames as version 1 wrote them: whatever changes in the code, these are read and written the same.

import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { decodeClientMessage, decodeServerMessage, encodeMessage } from "../../src/wire/codec.ts";
import { type Frame, FrameReader } from "../../src/wire/frame.ts";
import { MAX_FRAME } from "../../src/wire/limits.ts";
import { CLIENT_MESSAGES, SERVER_MESSAGES } from "../../src/wire/messages.ts";

const Golden = v.array(
  v.object({
    by: v.picklist(["client", "server"]),
    message: v.looseObject({ t: v.string() }),
    body: v.string(),
    frame: v.string(),
  }),
);
const golden = v.parse(Golden, await Bun.file(new URL("golden/frames.json", import.meta.url)).json());

describe.each(golden.map((one, i) => [`${i} ${one.by} ${one.message.t}`, one] as const))("%s", (_, one) => {
  const frames: Frame[] = [];
  const fault = new FrameReader(MAX_FRAME).push(Buffer.from(one.frame, "hex"), frames);
  const [frame] = frames;
  if (fault !== undefined || frame === undefined) throw new Error(`not a frame: ${fault}`);
  const decoded = one.by === "client" ? decodeClientMessage(frame) : decodeServerMessage(frame);

  test("is read", () => {
    expect(decoded.ok).toBeTrue();
    expect<object | undefined>(decoded.ok ? decoded.message : undefined).toEqual(one.message);
    expect(Buffer.from(decoded.ok ? decoded.body : []).toString("hex")).toBe(one.body);
  });

  test("is written", () => {
    if (!decoded.ok) throw new Error(decoded.code);
    // Its fields in the order they were frozen in, which is the order of `message`.
    expect(JSON.stringify(decoded.message)).toBe(JSON.stringify(one.message));
    expect(Buffer.from(encodeMessage(decoded.message, decoded.body)).toString("hex")).toBe(one.frame);
  });
});

test("there is one of every type", () => {
  const of = (by: string) => new Set(golden.filter((one) => one.by === by).map(({ message }) => message.t));
  expect(of("client")).toEqual(new Set(Object.keys(CLIENT_MESSAGES)));
  expect(of("server")).toEqual(new Set(Object.keys(SERVER_MESSAGES)));
});
