import { createHmac, timingSafeEqual } from 'node:crypto';
import { MILLISECONDS_FROM, text } from '../boundary/values.ts';
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
type Claim = { signature: Buffer; signed: string; sentAt: number | null };

/** In bytes. What is shorter can be guessed, so nothing is verified with it; it may as well be a word of a longer secret. */
const SHORTEST_TO_VERIFY = 16;

/** Whether nobody could guess a secret. */
export const isLongEnough = (secret: string): boolean => Buffer.byteLength(secret) >= SHORTEST_TO_VERIFY;

/**
 * The secrets of one field that people fill in: the whole of it, and its pieces between spaces or commas where each is
 * long enough for one (rotation, two webhooks).
 */
export const secretsOf = (field: string | null | undefined): string[] => {
  const whole = (field ?? '').trim();
  const pieces = whole.split(/[\s,]/).filter((piece) => piece !== '');
  if (pieces.length === 0) return [];
  return pieces.length > 1 && pieces.every(isLongEnough) ? [whole, ...pieces] : [whole];
};

/** A field of secrets as it is read, and what it has to hold. */
export const secretsField = text.transform(secretsOf).refine((secrets) => secrets.every(isLongEnough));
export const HOLDS_SECRETS = `must have at least ${SHORTEST_TO_VERIFY} characters; copy the whole of it from Koji`;

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
    return [SIGNATURE_HEADER, ...STANDARD_HEADERS.map(({ signature }) => signature)].some(header)
      ? 'malformed'
      : 'missing';
  }
  const keys = secrets.flatMap(keysOf);
  const fitting = claims.filter((claim) => keys.some((key) => fits(claim, key)));
  if (fitting.length === 0) return 'wrong';
  const inTime = ({ sentAt }: Claim) =>
    sentAt === null || (now / 1000 - sentAt <= back && sentAt - now / 1000 <= ahead);
  return fitting.some(inTime) ? 'valid' : 'stale';
};

/** Both have 32 bytes, or `timingSafeEqual` would throw. */
const fits = ({ signature, signed }: Claim, key: Buffer): boolean => timingSafeEqual(signature, sign(key, signed));

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** The bytes of a secret: as it is written, and what it spells in base64, as Standard Webhooks gives its secrets. */
const keysOf = (secret: string): Buffer[] => {
  const spelled = secret.replace(STANDARD_VERSION, '').replace(STANDARD_SECRET_PREFIX, '');
  const bytes = BASE64.test(spelled) ? Buffer.from(spelled, 'base64') : Buffer.of();
  const spelledKey = bytes.length >= SHORTEST_TO_VERIFY ? bytes : Buffer.of();
  return [Buffer.from(secret), spelledKey].filter(({ length }) => length > 0);
};

const lookUp = (headers: Record<string, string>) => {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return (name: string): string => byName.get(name.toLowerCase()) ?? '';
};

const kojiClaims = (header: string, rawBody: string): Claim[] => {
  const parts = header.split(/[\s,]/);
  const timestamp =
    parts.find((part) => part.startsWith(signatureParts.timestamp))?.slice(signatureParts.timestamp.length) ?? '';
  const sentAt = secondsOf(timestamp);
  return parts.flatMap((part): Claim[] => {
    if (part.startsWith(signatureParts.timestampedDigest)) {
      if (sentAt === null) return [];
      return claims(part.slice(signatureParts.timestampedDigest.length), `${timestamp}.${rawBody}`, sentAt);
    }
    return claims(withoutMark(part), rawBody, null);
  });
};

const standardClaims = (header: (name: string) => string, rawBody: string): Claim[] =>
  STANDARD_HEADERS.flatMap((names) => {
    const timestamp = header(names.timestamp);
    const sentAt = secondsOf(timestamp);
    const id = header(names.id);
    if (sentAt === null || id === '') return [];
    return header(names.signature)
      .split(/\s/)
      .filter((part) => part.startsWith(STANDARD_VERSION))
      .flatMap((part) => claims(part.slice(STANDARD_VERSION.length), `${id}.${timestamp}.${rawBody}`, sentAt));
  });

const withoutMark = (part: string): string =>
  part.toLowerCase().startsWith(signatureParts.digest) ? part.slice(signatureParts.digest.length) : part;

const claims = (digest: string, signed: string, sentAt: number | null): Claim[] => {
  const signature = digestOf(digest);
  return signature === null ? [] : [{ signature, signed, sentAt }];
};

const secondsOf = (text: string): number | null => {
  if (!/^\d{1,14}$/.test(text)) return null;
  return Number(text) < MILLISECONDS_FROM ? Number(text) : Number(text) / 1_000;
};

/** 32 bytes written in hex or base64, of either alphabet and with or without its padding; null when it is neither. */
const digestOf = (text: string): Buffer | null => {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null;
};
