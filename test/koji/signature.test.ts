import { createHmac } from 'node:crypto';
import { tolerance } from '../../koji/contract.ts';
import { sampleWireInterview } from '../../koji/sample.ts';
import { secretsOf, sign, verify } from '../../koji/signature.ts';

const secret = 'a secret of this webhook';
const body = JSON.stringify({ event: 'interview.analysis_ready', data: sampleWireInterview });
const hmac = (text: string, key: string | Buffer = secret) => createHmac('sha256', key).update(text, 'utf8');
const hex = (text: string, key: string | Buffer = secret) => hmac(text, key).digest('hex');
const base64 = (text: string, key: string | Buffer = secret) => hmac(text, key).digest('base64');

const NOW = Date.UTC(2026, 4, 24, 11, 41, 30);
const seconds = NOW / 1000;

/** What becomes of a delivery with this X-Koji-Signature. */
const verifyHeader = (signature: string, { rawBody = body, secrets = [secret] } = {}) =>
  verify(secrets, rawBody, { 'X-Koji-Signature': signature }, NOW, tolerance.immediate);

describe('the signature over the raw body (K9)', () => {
  test('the published example of GitHub, which signs in the same way, is valid', () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const options = { rawBody: 'Hello, World!', secrets: ["It's a Secret to Everybody"] };
    expect(verifyHeader(signature, options)).toBe('valid');
    expect(sign("It's a Secret to Everybody", 'Hello, World!').toString('hex')).toBe(signature.slice('sha256='.length));
  });

  test.each([
    ['sha256=<hex>', `sha256=${hex(body)}`],
    ['bare hex', hex(body)],
    ['hex in capitals', `SHA256=${hex(body).toUpperCase()}`],
    ['base64', base64(body)],
    ['sha256=<base64>', `sha256=${base64(body)}`],
    ['base64 without its padding', base64(body).replace('=', '')],
    ['base64 for addresses', base64(body).replaceAll('+', '-').replaceAll('/', '_')],
  ])('%s is valid', (_name, signature) => {
    expect(verifyHeader(signature)).toBe('valid');
  });

  test.each(['x-koji-signature', 'X-KOJI-SIGNATURE', 'X-Koji-Signature'])('the header may be written %s', (name) => {
    expect(verify([secret], body, { [name]: `sha256=${hex(body)}` }, NOW, tolerance.immediate)).toBe('valid');
  });

  test('a body with letters outside ASCII is valid', () => {
    const rawBody = '{"summary":"Zoë fand’s unübersichtlich – 価格が不明 💸"}';
    expect(verifyHeader(`sha256=${hex(rawBody)}`, { rawBody })).toBe('valid');
  });

  test('the verification request with an empty body has a signature too', () => {
    expect(verifyHeader(`sha256=${hex('')}`, { rawBody: '' })).toBe('valid');
  });

  test.each([
    ['made with another key', `sha256=${hex(body, 'a secret of another webhook')}`],
    ['made with the secret written in capitals', `sha256=${hex(body, secret.toUpperCase())}`],
    ['over the body written anew', `sha256=${hex(JSON.stringify(JSON.parse(body), null, 2))}`],
    ['over nothing', `sha256=${hex('')}`],
    ['of zeros', `sha256=${'0'.repeat(64)}`],
  ])('a signature %s is wrong', (_name, signature) => {
    expect(verifyHeader(signature)).toBe('wrong');
  });

  test('one changed byte of the body makes the signature wrong', () => {
    const rawBody = body.replace('"quality_score":4', '"quality_score":5');
    expect(rawBody).not.toBe(body);
    expect(verifyHeader(`sha256=${hex(body)}`, { rawBody })).toBe('wrong');
  });

  test('a line break added to the body makes the signature wrong', () => {
    expect(verifyHeader(`sha256=${hex(body)}`, { rawBody: `${body}\n` })).toBe('wrong');
  });

  test.each([
    ['one digit short', `sha256=${hex(body).slice(1)}`],
    ['one digit long', `sha256=${hex(body)}0`],
    ['of another algorithm', `sha512=${createHmac('sha512', secret).update(body).digest('hex')}`],
    ['with a letter that is no hex digit', `sha256=${hex(body).slice(1)}g`],
    ['of a few words', 'let me in'],
    ['of a name and nothing after it', 'sha256='],
  ])('a signature %s is malformed', (_name, signature) => {
    expect(verifyHeader(signature)).toBe('malformed');
  });

  test.each([
    ['is not there', {}],
    ['is empty', { 'X-Koji-Signature': '' }],
    ['has another name', { 'X-Hub-Signature-256': `sha256=${hex(body)}` }],
  ])('a signature that %s is missing', (_name, headers) => {
    expect(verify([secret], body, headers, NOW, tolerance.immediate)).toBe('missing');
  });
});

describe('several signatures and several secrets', () => {
  const ONE = 'the_first_of_both';
  const TWO = 'the_second_one_now';
  const STANDARD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=';
  const other = hex(body, 'the secret before');

  test.each([
    ['the second', `sha256=${other},sha256=${hex(body)}`],
    ['the first', `sha256=${hex(body)},sha256=${other}`],
    ['the second, after a space,', `sha256=${other} sha256=${hex(body)}`],
    ['one beside nonsense', `nonsense, sha256=${hex(body)}`],
  ])('of two signatures %s fits, and that is enough', (_name, signature) => {
    expect(verifyHeader(signature)).toBe('valid');
  });

  test('two signatures of which none fits are wrong', () => {
    expect(verifyHeader(`sha256=${other},sha256=${hex(body, 'a third')}`)).toBe('wrong');
  });

  test.each([
    ['the second', ['another', secret]],
    ['the first', [secret, 'another']],
  ])('of two secrets %s fits, and that is enough', (_name, secrets) => {
    expect(verifyHeader(`sha256=${hex(body)}`, { secrets })).toBe('valid');
  });

  test('a piece of a secret signs nothing', () => {
    const secrets = secretsOf('my interview hook 2026');
    expect(verifyHeader(`sha256=${hex(body, 'my')}`, { secrets })).toBe('wrong');
    expect(verifyHeader(`sha256=${hex(body, 'my interview hook 2026')}`, { secrets })).toBe('valid');
  });

  test('the version before a secret of Standard Webhooks signs nothing', () => {
    expect(verifyHeader(`sha256=${hex(body, 'v1')}`, { secrets: secretsOf(`v1,${STANDARD}`) })).toBe('wrong');
  });

  test('a forger chooses no more than ten of the signatures that are tried', () => {
    const wrong = Array.from({ length: 9 }, () => other).join(' ');
    expect(verifyHeader(`${wrong} ${hex(body)}`)).toBe('valid');
    expect(verifyHeader(`${wrong} ${other} ${hex(body)}`)).toBe('wrong');
  });

  test('without any secret every signature is wrong', () => {
    expect(verifyHeader(`sha256=${hex(body)}`, { secrets: [] })).toBe('wrong');
    expect(verifyHeader(`sha256=${hex(body, '')}`, { secrets: [] })).toBe('wrong');
  });

  test('an empty secret fits nothing, or anybody could sign with it', () => {
    expect(verifyHeader(`sha256=${hex(body, '')}`, { secrets: [''] })).toBe('wrong');
  });

  test.each([
    ['nothing', null, []],
    ['a field left out', undefined, []],
    ['only spaces and commas', ' , ,\n', []],
    ['one secret', ONE, [ONE]],
    ['one with spaces around it', `  ${ONE}\n`, [ONE]],
    ['two after a comma', `${ONE},${TWO}`, [`${ONE},${TWO}`, ONE, TWO]],
    ['two after a space', `${ONE} ${TWO}`, [`${ONE} ${TWO}`, ONE, TWO]],
    ['two on two lines', `${ONE},\r\n${TWO}`, [`${ONE},\r\n${TWO}`, ONE, TWO]],
    ['words, of which none is long enough for a secret', 'my interview hook 2026', ['my interview hook 2026']],
    ['one that is long enough and one that is not', `${ONE} two`, [`${ONE} two`]],
    ['a secret of Standard Webhooks behind its version', `v1,${STANDARD}`, [`v1,${STANDARD}`]],
    ['a secret of Standard Webhooks', STANDARD, [STANDARD]],
  ])('a field with %s', (_name, field, secrets) => {
    expect(secretsOf(field)).toEqual(secrets);
  });
});

describe('a signed time: t=<unix>,v1=<hex>', () => {
  const DAY = 86_400;
  const at = (sentAt: number) => `t=${sentAt},v1=${hex(`${sentAt}.${body}`)}`;
  const verifyAt = (sentAt: number, allowed: (typeof tolerance)[keyof typeof tolerance]) =>
    verify([secret], body, { 'X-Koji-Signature': at(sentAt) }, NOW, allowed);

  test.each([
    ['now', 0, 'valid'],
    ['five minutes ago', -300, 'valid'],
    ['a second more than five minutes ago', -301, 'stale'],
    ['two days ago', -2 * DAY, 'stale'],
    ['in five minutes', 300, 'valid'],
    ['in a second more than five minutes', 301, 'stale'],
    ['an hour ahead', 3600, 'stale'],
  ])('where deliveries run at once: signed %s', (_name, offset, verification) => {
    expect(verifyAt(seconds + offset, tolerance.immediate)).toBe(verification);
  });

  test.each([
    ['now', 0, 'valid'],
    ['an hour ago', -3600, 'valid'],
    ['a day ago', -DAY, 'valid'],
    ['a second more than a day ago', -DAY - 1, 'stale'],
    ['two days ago', -2 * DAY, 'stale'],
    ['in five minutes', 300, 'valid'],
    ['an hour ahead', 3600, 'stale'],
  ])('where deliveries may run much later: signed %s', (_name, offset, verification) => {
    expect(verifyAt(seconds + offset, tolerance.delayed)).toBe(verification);
  });

  test('base64 is read here too', () => {
    expect(verifyHeader(`t=${seconds},v1=${base64(`${seconds}.${body}`)}`)).toBe('valid');
  });

  test.each([
    ['now', 0, 'valid'],
    ['six minutes ago', -360_000, 'stale'],
    ['six minutes ahead', 360_000, 'stale'],
  ])('the time may be in milliseconds: signed %s', (_name, offset, verification) => {
    const sentAt = NOW + offset;
    expect(verifyHeader(`t=${sentAt},v1=${hex(`${sentAt}.${body}`)}`)).toBe(verification);
  });

  test.each([
    ['first', [`sha256=${hex(body)}`, at(seconds - 2 * DAY)]],
    ['last', [at(seconds - 2 * DAY), `sha256=${hex(body)}`]],
  ])('of two signatures that fit one may be old, when the new one stands %s', (_name, both) => {
    expect(verifyHeader(both.join(','))).toBe('valid');
  });

  test('of two signatures one fits, as while a secret is changed', () => {
    const old = hex(`${seconds}.${body}`, 'the secret before');
    expect(verifyHeader(`t=${seconds},v1=${old},v1=${hex(`${seconds}.${body}`)}`)).toBe('valid');
  });

  test('a time that was changed after signing is wrong', () => {
    const old = hex(`${seconds - 2 * DAY}.${body}`);
    expect(verifyHeader(`t=${seconds},v1=${old}`)).toBe('wrong');
  });

  test('a signature over the body alone does not stand for one over time and body', () => {
    expect(verifyHeader(`t=${seconds},v1=${hex(body)}`)).toBe('wrong');
  });

  test('an old delivery does not become new by a made-up signature beside its own', () => {
    const old = seconds - 2 * DAY;
    expect(verifyHeader(`${at(old)},sha256=${'0'.repeat(64)}`)).toBe('stale');
  });

  test('an old delivery signed with a wrong key is wrong, not stale', () => {
    const old = seconds - 2 * DAY;
    expect(verifyHeader(`t=${old},v1=${hex(`${old}.${body}`, 'another')}`)).toBe('wrong');
  });

  test.each([
    ['without its time', `v1=${hex(`${seconds}.${body}`)}`],
    ['with an empty time', `t=,v1=${hex(`.${body}`)}`],
    ['with words for its time', `t=now,v1=${hex(`now.${body}`)}`],
    ['with a negative time', `t=-1,v1=${hex(`-1.${body}`)}`],
    ['with a time of too many digits', `t=${NOW}000,v1=${hex(`${NOW}000.${body}`)}`],
    ['with a time and no signature', `t=${seconds}`],
  ])('a signature %s is malformed', (_name, signature) => {
    expect(verifyHeader(signature)).toBe('malformed');
  });
});

describe('the headers of Standard Webhooks', () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
  const example = {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    body: '{"test": 2432232314}',
    sentAt: 1_614_265_330,
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
  };
  const verifyExample = (headers: Record<string, string>, { secrets = [example.secret], later = 0 } = {}) =>
    verify(
      secrets,
      example.body,
      { ...example.headers, ...headers },
      (example.sentAt + later) * 1000,
      tolerance.immediate,
    );

  test('the published example, whose whsec_ secret is base64, is valid', () => {
    expect(verifyExample({})).toBe('valid');
  });

  const signedWith = (key: string | Buffer) => ({
    'webhook-signature': `v1,${base64(`${example.headers['webhook-id']}.1614265330.${example.body}`, key)}`,
  });
  const bare = example.secret.replace('whsec_', '');

  test.each([
    ['the whole text of a whsec_ secret', example.secret, example.secret],
    ['the bytes of a base64 secret without whsec_', Buffer.from(bare, 'base64'), bare],
    ['the bytes of a secret with its version before it', Buffer.from(bare, 'base64'), `v1,${example.secret}`],
  ])('may be signed with %s', (_name, key, field) => {
    expect(verifyExample(signedWith(key), { secrets: [field] })).toBe('valid');
  });

  test('a few bytes that a word spells in base64 are no key', () => {
    expect(verifyExample(signedWith(Buffer.from('ab', 'base64')), { secrets: ['ab'] })).toBe('wrong');
  });

  test('may be named as Svix names them', () => {
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = example.headers;
    const svix = { 'svix-id': id, 'svix-timestamp': at, 'svix-signature': signature };
    const verifyAt = (now: number) => verify([example.secret], example.body, svix, now * 1000, tolerance.immediate);
    expect([verifyAt(example.sentAt), verifyAt(example.sentAt + 301)]).toEqual(['valid', 'stale']);
  });

  test('a secret without whsec_ is taken as it is written', () => {
    const signature = base64(`${example.headers['webhook-id']}.1614265330.${example.body}`, 'a plain secret');
    const secrets = ['a plain secret'];
    expect(verifyExample({ 'webhook-signature': `v1,${signature}` }, { secrets })).toBe('valid');
  });

  test('a whsec_ secret with nothing behind it fits nothing, or anybody could sign with it', () => {
    const signature = base64(`${example.headers['webhook-id']}.1614265330.${example.body}`, '');
    expect(verifyExample({ 'webhook-signature': `v1,${signature}` }, { secrets: ['whsec_'] })).toBe('wrong');
  });

  test('for X-Koji-Signature a whsec_ secret is taken as it is written', () => {
    const signature = `sha256=${hex(body, example.secret)}`;
    expect(verifyHeader(signature, { secrets: [example.secret] })).toBe('valid');
  });

  test('of two signatures one fits, and that is enough', () => {
    const other = base64('something else');
    const both = `v1,${other} ${example.headers['webhook-signature']}`;
    expect(verifyExample({ 'webhook-signature': both })).toBe('valid');
  });

  test('the public-key signature beside it is passed over', () => {
    const both = `v1a,${'A'.repeat(86)}== ${example.headers['webhook-signature']}`;
    expect(verifyExample({ 'webhook-signature': both })).toBe('valid');
  });

  test('a nonsensical X-Koji-Signature beside it does no harm', () => {
    expect(verifyExample({ 'X-Koji-Signature': 'nonsense' })).toBe('valid');
  });

  test.each([
    ['six minutes later', 360, 'stale'],
    ['five minutes later', 300, 'valid'],
    ['six minutes before', -360, 'stale'],
  ])('seen %s', (_name, later, verification) => {
    expect(verifyExample({}, { later })).toBe(verification);
  });

  test.each([
    ['with another id', { 'webhook-id': 'msg_2' }, 'wrong'],
    ['with another time', { 'webhook-timestamp': '1614265331' }, 'wrong'],
    ['without an id', { 'webhook-id': '' }, 'malformed'],
    ['without a time', { 'webhook-timestamp': '' }, 'malformed'],
    ['with a date for a time', { 'webhook-timestamp': '2021-02-25T15:02:10Z' }, 'malformed'],
    ['with a signature of another version only', { 'webhook-signature': 'v2,abc' }, 'malformed'],
    ['with a signature behind another sign', { 'webhook-signature': `v1=${'A'.repeat(43)}=` }, 'malformed'],
    ['with a signature that is cut off', { 'webhook-signature': 'v1,g0hM9SsE' }, 'malformed'],
    ['without a signature', { 'webhook-signature': '' }, 'missing'],
  ])('the example %s', (_name, headers, verification) => {
    expect(verifyExample(headers)).toBe(verification);
  });
});

describe('a secret of 16 bytes', () => {
  test('is long enough beside another one in the same field', () => {
    expect(secretsOf(`${'a'.repeat(16)},${'b'.repeat(16)}`)).toEqual(
      expect.arrayContaining(['a'.repeat(16), 'b'.repeat(16)]),
    );
  });

  test('counts, spelled in base64', () => {
    const bytes = Buffer.from('sixteen bytes ok');
    expect(verifyHeader(hex(body, bytes), { secrets: [bytes.toString('base64')] })).toBe('valid');
  });
});

test.each([
  ['before', `é${Buffer.from('a secret of many bytes').toString('base64')}`],
  ['behind', `${Buffer.from('a secret of many bytes..').toString('base64')}é`],
])('a secret with a sign %s that base64 does not have is no other key', (_where, own) => {
  expect(verifyHeader(hex(body, Buffer.from(own, 'base64')), { secrets: [own] })).toBe('wrong');
});
