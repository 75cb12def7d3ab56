// Which of some words was probably meant by one that is none of them. Pure.
// Must not know what the words are.

/** One that begins so, or one at most two slips away. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const word = typed.toLowerCase();
  const begun = word === "" ? undefined : words.find((one) => one.startsWith(word));
  if (begun !== undefined) return begun;
  const [best] = words
    .map((one) => ({ one, slips: slips(word, one) }))
    .filter(({ one, slips }) => slips <= Math.min(2, one.length - 2))
    .sort((a, b) => a.slips - b.slips);
  return best?.one;
}

/** Letters to put in, take out, change or swap with the next to make one word of the other (Damerau and Levenshtein). */
function slips(from: string, to: string): number {
  // No command is so long that more could be near it.
  if (from.length > 12) return Number.POSITIVE_INFINITY;
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const steps = [(above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (same ? 0 : 1)];
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        steps.push((before[j - 2] ?? 0) + 1);
      row.push(Math.min(...steps));
    }
    before = above;
    above = row;
  }
  return above[to.length] ?? Number.POSITIVE_INFINITY;
}
