// Compiles src/main.ts into one executable, for this machine or another. What build, release and check share.
// Bun takes the runtime of another machine from the npm registry (@oven/bun-*) and keeps it in its cache.

import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };

export const root = join(import.meta.dir, "..");

/**
 * Writes the executable to `outfile`. Chunks loaded on demand, each with its bytecode, start fastest. The result
 * depends on the sources, the target, `releaseKey` (whose signature on other releases it trusts; minisign's base64)
 * and the name of `outfile` alone. Fails with an AggregateError of all mistakes.
 */
export async function compile(
  outfile: string,
  target?: Bun.Build.CompileTarget,
  releaseKey?: string,
): Promise<void> {
  await Bun.build({
    entrypoints: [join(root, "src/main.ts")],
    root,
    compile: {
      ...(target === undefined ? {} : { target }),
      outfile,
      // A user's folder may hold a .env or a bunfig.toml of its own: they are none of our business.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    format: "esm",
    splitting: true,
    bytecode: true,
    minify: true,
    define: {
      CLASSCHAT_VERSION: JSON.stringify(manifest.version),
      CLASSCHAT_RELEASE_KEY: JSON.stringify(releaseKey ?? ""),
      "process.env.NODE_ENV": JSON.stringify("production"),
    },
  });
}
