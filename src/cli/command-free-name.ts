// `classchat free-name`: for whoever runs the server. A lost machine's name can be taken anew, with new keys.
// Must not know how names are kept.

import { parseName } from "../domain/name.ts";
import { openServerStore } from "../store/server-sqlite.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder, serverFolder } from "./home.ts";
import { output } from "./output.ts";
import { existingDatabase } from "./server-files.ts";
import { nameText } from "./wording.ts";

export async function freeName(
  name: string,
  options: { readonly home?: string | undefined; readonly data?: string | undefined },
): Promise<ExitCode> {
  const parsed = parseName(name);
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  const path = existingDatabase(serverFolder(homeFolder(options.home), options.data));
  const store = openServerStore(path);
  try {
    if (!(await store.unregister(parsed.fold))) {
      throw new Failure(EXIT.failed, {
        line: `nobody has the name ${parsed.name}`,
        hint: "who is in the class: classchat users",
      });
    }
  } finally {
    await store.close();
  }
  output(false).print(
    `${parsed.name} is free; whoever takes it next has another key, and everyone is told so`,
  );
  return EXIT.done;
}
