// A process that offers a face at the path it is given until it is killed. Says "ready"; its `users` is never answered.

import { offerFace } from "../../src/cli/attach-serve.ts";
import { FakeFace } from "./attach-face.ts";

const [path = ""] = process.argv.slice(2);
const face = new FakeFace({
  status: () => Promise.resolve({ state: "connecting" }),
  users: () => new Promise(() => {}),
});
await offerFace(face, path, "0.1.0");
console.log("ready");
