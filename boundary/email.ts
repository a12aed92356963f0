/** What counts as an email address, asked in two ways because two things hang on it. */

/** What no part of an address holds: spaces, signs of a list or of a name in front, slashes, what nobody sees or could read. */
const NEVER = String.raw`\s\p{Cc}\p{Surrogate}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufffd@"(),:;<>\[\]\\`;
/** Letters of all scripts; the two joiners belong to some. */
const LABEL = String.raw`[\p{L}\p{M}\p{N}\u200c\u200d_-]+`;

const EMAIL = new RegExp(String.raw`^[^${NEVER}]+@${LABEL}(?:\.${LABEL})+$`, 'u');

/**
 * Whether a text is one email address, so that it identifies a person: something before a single `@`, and a domain with a
 * dot behind it. `redacted@`, `null@null`, two addresses and `"Ada" <ada@example.com>` are none. Addresses in any script
 * are, and so are two dots in a row before the `@`, which some services gave out. Spaces around it are the caller's to trim.
 */
export const isEmail = (value: string): boolean => EMAIL.test(value);

/**
 * An address in the one spelling by which its owner is known: mail servers in practice tell no capitals apart, and of an é
 * nobody sees whether it is one sign or two.
 */
export const emailKey = (email: string): string => email.normalize('NFC').toLowerCase();

/**
 * Whether an id may be an email, so that it is withheld like one: it holds an `@`. Wider than `isEmail` on purpose: what
 * is left of an address that was cut or blacked out may still name its owner.
 */
export const mayBeEmail = (id: string): boolean => id.includes('@');
