// argv → a command's exit code; the only place where the process is ended.
// Must not know the commands.

import { VERSION } from "./cli/version.ts";

const argv = process.argv.slice(2);

// A reader that has seen enough (`classchat history | head`) or a terminal that is gone is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE" || error.code === "EIO") process.exit(0);
  throw error;
});

if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
  process.stdout.write(`${VERSION}\n`); // before anything is loaded: scripts ask this often
} else {
  const { main } = await import("./cli/entry.ts");
  const code = await main(argv);
  // A reader may be slow: an empty write is called back at once, and what waits before it would be lost.
  process.stdout.end(() => process.exit(code));
}
