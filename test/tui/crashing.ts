// Somebody in front of the full-screen chat whose client fails by a bug as soon as something is typed.

import { screenChat } from "../../src/cli/screen-chat.ts";
import { FakeFace } from "../cli/chat-face.ts";

const [way = ""] = process.argv.slice(2);
const face = new FakeFace();
face.send = async () => {
  if (way === "thrown") setTimeout(() => fail(), 0);
  if (way === "rejected") void Promise.reject(new Error("a bug"));
  if (way === "answered") fail();
  return { id: "m1" };
};
function fail(): never {
  throw new Error("a bug");
}
await screenChat(face, {
  me: "alice",
  input: process.stdin,
  output: process.stdout,
  color: true,
  ringing: "quiet",
  now: () => Date.now(),
  signal: new AbortController().signal,
});
