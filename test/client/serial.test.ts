// The queue of a client: one step at a time, and what is over at once does not wait for a server that keeps silent.

import { expect, test } from "bun:test";
import { Serial, SerialEnded } from "../../src/client/serial.ts";

function queue() {
  const serial = new Serial();
  const story: string[] = [];
  const tell = (word: string) => () => void story.push(word);
  return { serial, story, tell };
}

test("while a step is apart, what is over at once is done, in its order; other steps wait", async () => {
  const { serial, story, tell } = queue();
  const answer = Promise.withResolvers<string>();
  const step = serial.run(async () => {
    story.push("begun");
    story.push(await serial.apart(answer.promise));
  });
  const later = serial.run(tell("another step"));
  const first = serial.soon(tell("first"), tell("first in its turn"));
  await first;
  const second = serial.soon(tell("second"));
  await second;
  expect(story).toEqual(["begun", "first", "second"]);
  answer.resolve("answered");
  await Promise.all([step, later]);
  await serial.soon(tell("early"), tell("in its turn"));
  expect(story).toEqual(["begun", "first", "second", "answered", "another step", "in its turn"]);
});

test("a step that is not apart is seen by nobody half done", async () => {
  const { serial, story, tell } = queue();
  const pause = Promise.withResolvers<void>();
  const step = serial.run(async () => {
    await pause.promise;
    story.push("whole");
  });
  const soon = serial.soon(tell("after"));
  await Promise.resolve();
  expect(story).toEqual([]);
  pause.resolve();
  await Promise.all([step, soon]);
  expect(story).toEqual(["whole", "after"]);
});

test("what fails while another waits fails for whoever asked, and for nobody else", async () => {
  const { serial, story, tell } = queue();
  const answer = Promise.withResolvers<void>();
  const step = serial.run(() => serial.apart(answer.promise));
  const bad = serial.soon(() => {
    throw new Error("bad");
  });
  expect(await bad.catch((error: unknown) => String(error))).toBe("Error: bad");
  await serial.soon(tell("good"));
  answer.reject(new Error("no answer"));
  expect(await step.catch((error: unknown) => String(error))).toBe("Error: no answer");
  await serial.run(tell("on"));
  expect(story).toEqual(["good", "on"]);
});

test("after the end nothing is done any more", async () => {
  const { serial, story, tell } = queue();
  await serial.end(tell("end"));
  expect(await serial.soon(tell("too late")).catch((error: unknown) => error)).toBeInstanceOf(SerialEnded);
  expect(story).toEqual(["end"]);
});
