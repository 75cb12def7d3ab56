// `npm run build`: dist/classchat for this machine (with .exe added by Bun on Windows).

import { join } from "node:path";
import { compile, root } from "./compile.ts";

try {
  await compile(join(root, "dist/classchat"));
} catch (error) {
  console.error(error);
  console.error("build: dist/classchat was not made\nhint: bun run check names what is wrong");
  process.exitCode = 1;
}
