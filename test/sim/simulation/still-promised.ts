// What holds in every simulated class, also in those in which disks are put back from older copies.
// Must not know how it is looked at.

/** What is promised even where disks are put back from older copies: the rest is about what such a disk has forgotten. */
export const STILL_PROMISED = new Set([
  "no bug comes to light",
  "nothing throws",
  "every run ends",
  "all comes to rest",
  "who has nothing to do is quiet",
  "nobody stays away for good",
  "nothing is sent in the clear",
  "nothing is stored in the clear",
  "nothing comes twice",
  "in the end everyone can talk to everyone",
  "every group that is kept can be read",
  "all are in one epoch",
  "all agree on who is in a group",
  "all agree on the rules of a group",
  "who is in a group knows it, and nobody else has its keys",
  "nobody changes what another one wrote",
  "a reaction is from whom it says, one of each",
  "a deleted text is gone",
  "what has no line has no state",
  "nobody is said to have read what they were not shown",
  "what was shown is known to be",
  "what was shown stays shown",
  "what was read stays read",
  "in the end everyone can say something about a message",
]);
