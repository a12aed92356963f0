import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  SIGNATURE_HEADER,
  STANDARD_HEADERS,
  STANDARD_SECRET_PREFIX,
  STANDARD_VERSION,
  signatureParts,
  type tolerance,
} from './contract.ts';

/** What is known of a delivery's origin. Anything but `valid` starts nothing. */
export type Verification = 'valid' | 'missing' | 'malformed' | 'wrong' | 'stale';
type Tolerance = (typeof tolerance)[keyof typeof tolerance];
type Claim = { signature: Buffer; signed: string; sentAt: number | null; key: (secret: string) => Buffer };

/** The secrets of one field: several may stand in it, separated by spaces or commas (rotation, two webhooks). */
export const secretsOf = (field: string | null | undefined): string[] =>
  (field ?? '').split(/[\s,]+/).filter((secret) => secret !== '');

/** The HMAC-SHA256 of a text. */
export const sign = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The most signatures that are checked: each costs one pass over the body, and a forger must not choose how many. */
const MOST_CLAIMS = 10;

/**
 * Whether Koji sent these bytes. Pure: the clock comes in as `now`, in milliseconds. Any secret with any signature
 * that fits is enough. Throws nothing, whatever the header holds.
 */
export const verify = (
  secrets: string[],
  rawBody: string,
  headers: Record<string, string>,
  now: number,
  { back, ahead }: Tolerance,
): Verification => {
  const header = lookUp(headers);
  const claims = [...kojiClaims(header(SIGNATURE_HEADER), rawBody), ...standardClaims(header, rawBody)].slice(
    0,
    MOST_CLAIMS,
  );
  if (claims.length === 0) {
    return header(SIGNATURE_HEADER) || header(STANDARD_HEADERS.signature) ? 'malformed' : 'missing';
  }
  const fitting = claims.filter((claim) => secrets.some((secret) => fits(claim, secret)));
  if (fitting.length === 0) return 'wrong';
  const inTime = ({ sentAt }: Claim) =>
    sentAt === null || (now / 1000 - sentAt <= back && sentAt - now / 1000 <= ahead);
  return fitting.some(inTime) ? 'valid' : 'stale';
};

const fits = ({ signature, signed, key }: Claim, secret: string): boolean => {
  const ownKey = key(secret);
  if (ownKey.length === 0) return false;
  const expected = sign(ownKey, signed);
  return signature.length === expected.length && timingSafeEqual(signature, expected);
};

const plainKey = (secret: string): Buffer => Buffer.from(secret);
const standardKey = (secret: string): Buffer =>
  secret.startsWith(STANDARD_SECRET_PREFIX)
    ? Buffer.from(secret.slice(STANDARD_SECRET_PREFIX.length), 'base64')
    : Buffer.from(secret);

const lookUp = (headers: Record<string, string>) => {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name: string): string => byName.get(name.toLowerCase()) ?? '';
};

const kojiClaims = (header: string, rawBody: string): Claim[] => {
  const parts = header.split(/[\s,]+/);
  const timestamp =
    parts.find((part) => part.startsWith(signatureParts.timestamp))?.slice(signatureParts.timestamp.length) ?? '';
  const sentAt = secondsOf(timestamp);
  return parts.flatMap((part): Claim[] => {
    if (part.startsWith(signatureParts.timestampedDigest)) {
      if (sentAt === null) return [];
      return claims(part.slice(signatureParts.timestampedDigest.length), `${timestamp}.${rawBody}`, sentAt, plainKey);
    }
    return claims(withoutMark(part), rawBody, null, plainKey);
  });
};

const standardClaims = (header: (name: string) => string, rawBody: string): Claim[] => {
  const timestamp = header(STANDARD_HEADERS.timestamp);
  const sentAt = secondsOf(timestamp);
  const id = header(STANDARD_HEADERS.id);
  if (sentAt === null || id === '') return [];
  return header(STANDARD_HEADERS.signature)
    .split(/\s+/)
    .filter((part) => part.startsWith(STANDARD_VERSION))
    .flatMap((part) =>
      claims(part.slice(STANDARD_VERSION.length), `${id}.${timestamp}.${rawBody}`, sentAt, standardKey),
    );
};

const withoutMark = (part: string): string =>
  part.toLowerCase().startsWith(signatureParts.digest) ? part.slice(signatureParts.digest.length) : part;

const claims = (digest: string, signed: string, sentAt: number | null, key: Claim['key']): Claim[] => {
  const signature = digestOf(digest);
  return signature === null ? [] : [{ signature, signed, sentAt, key }];
};

const secondsOf = (text: string): number | null => (/^\d{1,12}$/.test(text) ? Number(text) : null);

/** 32 bytes written in hex or base64; null when it is neither. */
const digestOf = (text: string): Buffer | null => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? Buffer.from(text, 'base64') : null;
};
