// `classchat history`: what was said, from this device's own memory; the server is not asked.
// Must not know how it is kept.

import { EXIT, type ExitCode } from "./exit.ts";
import { homeFolder } from "./home.ts";
import { openProfile } from "./open-profile.ts";
import { output } from "./output.ts";
import { stateObject, tellMessage } from "./output-messages.ts";
import { conversationName } from "./typed-names.ts";
import { VERSION } from "./version.ts";

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
  const query = { limit: options.limit, ...conversation(options.with), ...words(options.search) };
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
      const { own, state } = message;
      const sent = own && state !== undefined ? stateObject({ ...message, state }) : {};
      tellMessage(out, message, profile.name, { own, ...sent });
    }
    return EXIT.done;
  } finally {
    await profile.close();
  }
}

function conversation(typed: string | undefined): { with?: string } {
  return typed === undefined ? {} : { with: conversationName(typed) };
}

function words(search: string | undefined): { search?: string } {
  return search === undefined ? {} : { search };
}
