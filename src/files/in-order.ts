// Work on a sequence with several items under way at once, its results in the order of the items.
// Must not know what the work is.

type Asked<A> = { readonly next: IteratorResult<A> } | { readonly error: unknown };

/**
 * Calls `work` for each item as it comes, with up to `atOnce` calls under way, and gives each result as soon as those
 * before it were given. What fails, the items themselves too, fails at its place. Ended early, it waits for the calls
 * under way, and not for the items.
 */
export async function* inOrder<A, B>(
  items: Iterable<A> | AsyncIterable<A>,
  atOnce: number,
  work: (item: A, place: number) => Promise<B>,
): AsyncGenerator<B, void, void> {
  const source: Iterator<A> | AsyncIterator<A> =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const ask = async (): Promise<Asked<A>> => {
    try {
      return { next: await source.next() };
    } catch (error) {
      return { error };
    }
  };
  const underWay: Promise<B>[] = [];
  let asked: Promise<Asked<A>> | undefined;
  let end: { readonly error?: unknown } | undefined;
  let place = 0;
  try {
    for (;;) {
      const [first] = underWay;
      if (end === undefined && underWay.length < atOnce) {
        asked ??= ask();
        if (first === undefined || (await comesFirst(asked, first))) {
          const got = await asked;
          asked = undefined;
          if ("error" in got) end = got;
          else if (got.next.done === true) end = {};
          else {
            const result = work(got.next.value, place++);
            void Promise.allSettled([result]); // it is looked at later, and until then nobody's fault
            underWay.push(result);
          }
          continue;
        }
      }
      if (first === undefined) break;
      yield await first;
      void underWay.shift();
    }
    if (end !== undefined && "error" in end) throw end.error;
  } finally {
    await Promise.allSettled(underWay);
    if (end === undefined) void Promise.allSettled([source.return?.()]);
  }
}

/** Whether `one` is there no later than `other`, which may fail. */
function comesFirst(one: Promise<unknown>, other: Promise<unknown>): Promise<boolean> {
  const isNot = () => false;
  return Promise.race([one.then(() => true), other.then(isNot, isNot)]);
}
