// The sizes both sides hold to, checked before anything is allocated. Bytes unless said otherwise.

/** The versions of the protocol this program speaks, newest first. */
export const VERSIONS: readonly number[] = [1];
/** A frame, its 4-byte length not counted. Room for a Welcome with the tree of a thousand members. */
export const MAX_FRAME = 1024 * 1024;
/** A frame from a peer that has not registered yet: a credential and a name fit in easily. */
export const MAX_FRAME_UNREGISTERED = 16 * 1024;
/** A frame's JSON header. */
export const MAX_HEADER = 0xffff;
/** The ciphertext of one message: 64 KiB of text, padding, MLS framing. */
export const MAX_MESSAGE = 96 * 1024;
/** A whisper. */
export const MAX_WHISPER = 256;
/** One KeyPackage or device credential. */
export const MAX_KEY_PACKAGE = 4 * 1024;
export const MAX_CREDENTIAL = 1024;
/** KeyPackages in one `publish`; single-use KeyPackages kept for a device. */
export const MAX_PUBLISHED = 64;
export const MAX_HELD = 200;
/** A Welcome or a GroupInfo, the ratchet tree in it; a commit. */
export const MAX_WELCOME = 512 * 1024;
export const MAX_GROUP_INFO = 512 * 1024;
export const MAX_COMMIT = 256 * 1024;
/** Devices of one person. */
export const MAX_DEVICES = 8;
/** Names in one page of `users`. */
export const USERS_PAGE = 200;
/** Devices in one group; devices added by one commit; bytes of a leaver's statement. */
export const MAX_MEMBERS = 1024;
export const MAX_ADDED = 200;
export const MAX_STATEMENT = 256;
/** Groups in one page of `groups`, names in one of `members`. */
export const GROUPS_PAGE = 200;
export const MEMBERS_PAGE = 200;
/** Cursors in one answer: as many as fit into a header. */
export const MAX_CURSORS = 960;
/** Logs in one `places`. */
export const PLACES_PAGE = 500;
/** Unanswered requests of one link: `chunk`, so that messages wait behind four at most; `fetch`. */
export const CHUNK_WINDOW = 4;
export const FETCH_WINDOW = 16;
/** Silence after which the server drops a link, and the pause after which a client pings; ms. */
export const IDLE_TIMEOUT = 90_000;
export const PING_AFTER = 25_000;
/** From the TLS handshake to an accepted `hello`; ms. */
export const HELLO_TIMEOUT = 10_000;
