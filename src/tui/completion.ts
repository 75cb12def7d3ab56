// The Tab key: as much of the word as is certain is put in, and where several are meant, they are shown. Pure.
// Must not know what the words are.

import { type Model, withRoom } from "./model.ts";
import type { TextInput } from "./text-input.ts";
import type { Hands } from "./world.ts";

export function completed(
  model: Model,
  { text, cursor }: TextInput,
  hands: Pick<Hands, "complete" | "choices">,
): Model {
  const people = [...model.people.values()].map(({ name }) => name).sort();
  const before = text.slice(0, cursor);
  const [named, typed] = hands.complete(before, people);
  // Within a text, and at its beginning beside groups, somebody may be called by name.
  const [, called] = /(?:^|\s)@(\S*)$/.exec(before) ?? [];
  const calls = called === undefined ? [] : people.filter((name) => beginsWith(name, called));
  const hits = [...named, ...calls.map((name) => `@${name} `)];
  const word = called === undefined ? typed : `@${called}`;
  const [first = ""] = hits;
  if (first === "") return model;
  const certain = hits.length === 1 ? first : commonStart(hits);
  const isMore = certain.length > word.length || hits.length === 1;
  const done = isMore ? certain : word;
  const head = text.slice(0, cursor - word.length) + done;
  const after = { text: head + text.slice(cursor), cursor: head.length };
  const completed = withRoom(model, model.current, (room) => ({ ...room, input: after }));
  return hits.length === 1 ? completed : { ...completed, hint: hands.choices(hits) };
}

function beginsWith(name: string, typed: string): boolean {
  return name.toLowerCase().startsWith(typed.normalize("NFKC").toLowerCase());
}

/** In whatever case, as the first of them is written. */
function commonStart(words: readonly string[]): string {
  const [first = "", ...others] = words;
  let length = first.length;
  for (const other of others) {
    while (length > 0 && first.slice(0, length).toLowerCase() !== other.slice(0, length).toLowerCase())
      length -= 1;
  }
  return first.slice(0, length);
}
