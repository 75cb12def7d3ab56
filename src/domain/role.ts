// What somebody is in the class by the server's word; shown beside the name, and no more than that.
// Must not know where it is kept.

/** Append only: their places are written in databases. */
export const ROLES = ["student", "assistant", "instructor"] as const;

export type Role = (typeof ROLES)[number];

/** What everybody is who was not made anything else. */
export const ORDINARY: Role = "student";

export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

/** As it is told: an ordinary role is not mentioned. */
export function roleField(role: Role | undefined): { readonly role?: Role } {
  return role === undefined || role === ORDINARY ? {} : { role };
}
