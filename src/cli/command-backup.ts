// `classchat backup`: for whoever runs the server. A copy of its data from which a server can be started, taken while
// it goes on. Must not know how that is done.

import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { StoreFailure } from "../ports.ts";
import { backUp } from "../store/server-backup.ts";
import { sizeOfFile } from "../store/private-files.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder, serverFolder } from "./home.ts";
import { output } from "./output.ts";
import { random } from "./random.ts";
import { BLOBS, DATABASE, existingDatabase, KEY, SECRET } from "./server-files.ts";
import { storeText } from "./wording.ts";

export async function backup(
  folder: string,
  options: { readonly home?: string | undefined; readonly data?: string | undefined },
): Promise<ExitCode> {
  const data = serverFolder(homeFolder(options.home), options.data);
  const target = resolve(folder);
  existingDatabase(data);
  if (copy(data, target) === "target-not-empty") {
    throw new Failure(EXIT.usage, {
      line: `${target} is not empty`,
      hint: "name a folder that is new or empty; a backup never writes over anything",
    });
  }
  const blobs = readdirSync(resolve(target, BLOBS)).map((name) => resolve(target, BLOBS, name));
  const bytes = [resolve(target, DATABASE), ...blobs].reduce((sum, path) => sum + sizeOfFile(path), 0);
  const size = Math.ceil(bytes / 1024);
  const out = output(false);
  out.print(`copied to ${target} (${size} KiB)`);
  out.print(`It holds the server's key: keep it as safe as the server. To start from it:`);
  out.print(`classchat serve --data ${target}`);
  return EXIT.done;
}

function copy(data: string, target: string): ReturnType<typeof backUp> {
  try {
    return backUp({ data, database: DATABASE, files: [KEY, SECRET], folder: BLOBS }, target, random);
  } catch (error) {
    if (!(error instanceof StoreFailure)) throw error;
    const { code, line, hint } = storeText(error.reason);
    throw new Failure(code, { line: `no backup of ${data} was made: ${line}`, hint });
  }
}
