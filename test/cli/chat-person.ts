// Somebody who chats on the terminal that this program is started on, over a fake client whose server takes everything.
// SIGUSR2: bob writes something.

import { chat } from "../../src/cli/chat-line.ts";
import { FakeFace, message, NOON } from "./chat-face.ts";

const face = new FakeFace();
const send = face.send.bind(face);
face.send = async (to, text) => {
  const kept = await send(to, text);
  face.state(kept.id, "accepted");
  return kept;
};
// A terminal that goes is to be noticed without the signal, too.
process.on("SIGHUP", () => {});
let position = 0;
process.on("SIGUSR2", () => {
  position += 1;
  face.emit({ type: "message", message: message("bob", `answer ${position}`, { position }) });
});
const { stdin: input, stdout: output } = process;
const code = await chat(face, { me: "alice", input, output, color: false, now: () => NOON });
process.exitCode = code;
