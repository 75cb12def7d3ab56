// How long a message is made to look: few lengths, so that a length says little of the text.
// Must not know what is padded.

/** Bytes of the smallest bucket; those above are its doublings, up to BUCKETS_END. */
const SMALLEST = 256;
const BUCKETS_END = 4096;

/**
 * The length in bytes to which `length` bytes are padded: 256, 512, ... 4096, and above that as PADMÉ rounds
 * (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", §4): at most 12 % more, O(log log) bits leaked.
 */
export function paddedLength(length: number): number {
  for (let bucket = SMALLEST; bucket <= BUCKETS_END; bucket *= 2) if (length <= bucket) return bucket;
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - kept);
  return Math.ceil(length / step) * step;
}
