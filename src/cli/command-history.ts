// `classchat history`: what was said, from this device's own memory; the server is not asked.
// Must not know how it is kept.

import { parseName } from "../domain/name.ts";
import { EXIT, type ExitCode, Failure } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { openProfile } from "./open-profile.ts";
import { messageLine, messageObject, output, stateObject } from "./output.ts";
import { VERSION } from "./version.ts";
import { nameText } from "./wording.ts";

export interface HistoryOptions {
  readonly home?: string | undefined;
  readonly user: string;
  readonly with?: string | undefined;
  readonly search?: string | undefined;
  readonly limit: number;
  readonly json?: boolean | undefined;
}

export async function history(options: HistoryOptions): Promise<ExitCode> {
  const out = output(options.json ?? false);
  const query = { limit: options.limit, ...person(options.with), ...words(options.search) };
  const { home, user } = options;
  const profile = await openProfile({
    home: homeFolder(home),
    user,
    create: false,
    offline: true,
    version: VERSION,
    note: out.note,
  });
  try {
    for (const message of await profile.face.history(query)) {
      if (!out.json) out.print(messageLine(message));
      else {
        const { own, state } = message;
        const sent = own && state !== undefined ? stateObject({ ...message, state }) : {};
        out.object({ ...messageObject(message), own, ...sent });
      }
    }
    return EXIT.done;
  } finally {
    await profile.close();
  }
}

function person(name: string | undefined): { with?: string } {
  if (name === undefined) return {};
  const parsed = parseName(name);
  if (!parsed.ok) throw new Failure(EXIT.usage, nameText(parsed.why));
  return { with: parsed.name };
}

function words(search: string | undefined): { search?: string } {
  return search === undefined ? {} : { search };
}
