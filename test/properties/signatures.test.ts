import fc from 'fast-check';
import { tolerance } from '../../koji/contract.ts';
import { isLongEnough, secretsOf, sign, verify } from '../../koji/signature.ts';
import { processorTimeOf } from '../support/processor-time.ts';
import { always } from '../support/property.ts';

const NOW = Date.UTC(2026, 10, 26, 10);
const verified = (secrets: string[], body: string, headers: Record<string, string>, now = NOW) =>
  verify(secrets, body, headers, now, tolerance.immediate);

const secret = fc.string({ unit: 'grapheme-ascii', minLength: 16, maxLength: 40 }).filter((text) => text.trim() !== '');
const body = fc.string({ unit: 'binary', maxLength: 60 });
const key = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => Buffer.from(bytes));

type Spelling = (digest: Buffer) => string;
const spelling = fc.constantFrom<Spelling>(
  (digest) => digest.toString('hex'),
  (digest) => digest.toString('hex').toUpperCase(),
  (digest) => digest.toString('base64'),
  (digest) => digest.toString('base64').replace('=', ''),
  (digest) => digest.toString('base64url'),
);
const headerName = fc.constantFrom('x-koji-signature', 'X-KOJI-SIGNATURE', 'X-Koji-Signature');
const prefix = fc.constantFrom('webhook', 'svix', 'Webhook');
const seconds = fc.integer({ min: NOW / 1000 - 300, max: NOW / 1000 + 300 });

/** Every way of signing that is read, with the body's own signature in it. */
const signed = fc
  .record({ secret, key, body, spelling, headerName, prefix, seconds, id: fc.stringMatching(/^msg_[a-z0-9]{1,9}$/) })
  .chain((one) => {
    const { spelling: spell, headerName: name, seconds: at, id } = one;
    const stamped = `${at}.${one.body}`;
    const standard = (signedWith: string | Buffer) => ({
      [`${one.prefix}-id`]: id,
      [`${one.prefix}-timestamp`]: String(at),
      [`${one.prefix}-signature`]: `v1,${sign(signedWith, `${id}.${stamped}`).toString('base64')}`,
    });
    const spelled = one.key.toString('base64');
    return fc.constantFrom(
      { ...one, headers: { [name]: `sha256=${spell(sign(one.secret, one.body))}` } },
      { ...one, headers: { [name]: spell(sign(one.secret, one.body)) } },
      { ...one, headers: { [name]: `t=${at},v1=${spell(sign(one.secret, stamped))}` } },
      { ...one, headers: { [name]: `t=${at * 1000} v1=${spell(sign(one.secret, `${at * 1000}.${one.body}`))}` } },
      { ...one, headers: standard(one.secret) },
      { ...one, headers: standard(one.key), secret: `whsec_${spelled}` },
      { ...one, headers: standard(one.key), secret: spelled.replaceAll('=', '') },
      { ...one, headers: standard(`whsec_${spelled}`), secret: `whsec_${spelled}` },
    );
  });

describe('a signature', () => {
  test('is valid in every way of writing it, beside any other secret', async () => {
    await always(fc.tuple(signed, secret), ([{ secret: own, body: text, headers }, other]) => {
      expect(verified([other, own], text, headers)).toBe('valid');
    });
  });

  test('fits no other body and no other secret', async () => {
    await always(fc.tuple(signed, secret, body), ([{ secret: own, body: text, headers }, other, more]) => {
      fc.pre(other !== own);
      expect(verified([own], `${text}${more}!`, headers)).toBe('wrong');
      expect(verified([other], text, headers)).toBe('wrong');
      expect(verified([], text, headers)).toBe('wrong');
    });
  });

  test('is stale once its own time is past, and only then', async () => {
    await always(
      fc.tuple(signed, fc.integer({ min: 601, max: 10_000_000 })),
      ([{ secret: own, body: text, headers }, later]) => {
        const isTimed =
          Object.values(headers).some((value) => value.startsWith('t=')) || Object.keys(headers).length > 1;
        expect(verified([own], text, headers, NOW + later * 1000)).toBe(isTimed ? 'stale' : 'valid');
      },
    );
  });

  test('of somebody else is never valid, whatever the headers hold', async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^(t=\d{0,15},?)?(v1[=,])?(sha256=)?[0-9a-f]{64}$/),
      fc
        .array(fc.constantFrom('t=', 't=1779622890', 'v1=', 'v1,', 'sha256=', ',', ' ', 'A'.repeat(43)))
        .map((parts) => parts.join('')),
    );
    const names = fc.constantFrom(
      'X-Koji-Signature',
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
      '__proto__',
    );
    await always(fc.tuple(fc.dictionary(names, value), body), ([headers, text]) => {
      expect(verified(['a secret of this webhook'], text, headers)).not.toBe('valid');
    });
  });

  test('is looked for in a time that grows with the headers and the body', async () => {
    const claim = `v1=${'a'.repeat(64)}`;
    const text = 'a'.repeat(1_000_000);
    const headers = { 'x-koji-signature': `t=1779622890,${`${claim},`.repeat(20_000)}` };
    expect(await processorTimeOf(() => verified(['a secret of this webhook'], text, headers))).toBeLessThan(1_500);
  });
});

describe('a field of secrets', () => {
  const field = fc.array(
    fc.oneof(
      fc.stringMatching(/^[a-z]{16,20}$/),
      fc.string({ unit: 'grapheme-ascii', maxLength: 30 }),
      fc.constantFrom(' ', ','),
    ),
    {
      maxLength: 5,
    },
  );

  test('gives the whole of it, and pieces only where each is long enough', async () => {
    await always(
      field.map((parts) => parts.join(' ')),
      (text) => {
        const [whole, ...pieces] = secretsOf(text);
        expect(whole ?? '').toBe(/[^\s,]/.test(text) ? text.trim() : '');
        expect(pieces.filter((piece) => !isLongEnough(piece))).toEqual([]);
      },
    );
  });

  test('gives every secret that was put into it, however they are parted', async () => {
    const clean = fc.stringMatching(/^[A-Za-z0-9_+/=.-]{16,40}$/);
    await always(
      fc.tuple(fc.array(clean, { minLength: 1, maxLength: 4 }), fc.constantFrom(' ', ',', ', ', '\n')),
      ([all, joint]) => {
        expect(secretsOf(all.join(joint))).toEqual(expect.arrayContaining(all));
      },
    );
  });
});
