import { createHmac } from 'node:crypto';
import { SIGNATURE_HEADER, STANDARD_HEADERS, STANDARD_SECRET_PREFIX } from '../../koji/contract.ts';

/** K9: `sha256-hex` is the assumed form, the others are what similar services send. */
export type SignatureScheme = 'sha256-hex' | 'hex' | 'base64' | 'timestamped' | 'standard';

/** What is signed: the bytes as they travel, and the id and time that some schemes sign with them. */
export type SignedMessage = { id: string; seconds: number; body: Buffer };

/** Whether the scheme signs the time of the attempt. */
export const signsTime = (scheme: SignatureScheme): boolean => scheme === 'timestamped' || scheme === 'standard';

/**
 * K9: HMAC-SHA256 with the webhook's secret over the raw body. Several secrets (rotation) give several signatures in
 * one header.
 */
export const signatureHeaders = (
  scheme: SignatureScheme,
  secrets: readonly string[],
  message: SignedMessage,
): Record<string, string> => {
  const { id, seconds, body } = message;
  const each = (signature: (secret: string) => string, separator: string): string =>
    secrets.map(signature).join(separator);

  switch (scheme) {
    case 'sha256-hex':
      return { [SIGNATURE_HEADER]: each((secret) => `sha256=${hmac(secret, body).toString('hex')}`, ',') };
    case 'hex':
      return { [SIGNATURE_HEADER]: each((secret) => hmac(secret, body).toString('hex'), ',') };
    case 'base64':
      return { [SIGNATURE_HEADER]: each((secret) => hmac(secret, body).toString('base64'), ',') };
    case 'timestamped': {
      // https://docs.stripe.com/webhooks#verify-manually: `<t>.<raw body>`
      const signature = (secret: string) => `v1=${hmac(secret, Buffer.from(`${seconds}.`), body).toString('hex')}`;
      return { [SIGNATURE_HEADER]: `t=${seconds},${each(signature, ',')}` };
    }
    case 'standard': {
      // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: `<id>.<t>.<raw body>`
      const signature = (secret: string) =>
        `v1,${hmac(standardKey(secret), Buffer.from(`${id}.${seconds}.`), body).toString('base64')}`;
      return {
        [STANDARD_HEADERS[0].id]: id,
        [STANDARD_HEADERS[0].timestamp]: `${seconds}`,
        [STANDARD_HEADERS[0].signature]: each(signature, ' '),
      };
    }
  }
};

/** K9: a `whsec_` secret is base64-decoded for Standard Webhooks; elsewhere its characters are the key. */
const standardKey = (secret: string): string | Buffer =>
  secret.startsWith(STANDARD_SECRET_PREFIX)
    ? Buffer.from(secret.slice(STANDARD_SECRET_PREFIX.length), 'base64')
    : secret;

const hmac = (key: string | Buffer, ...parts: Buffer[]): Buffer =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest();
