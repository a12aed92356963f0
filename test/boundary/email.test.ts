import { emailKey, isEmail, mayBeEmail } from '../../boundary/email.ts';
import { processorTimeOf } from '../support/processor-time.ts';

test.each([
  'ada@example.com',
  'ADA.Lovelace+interviews@Example.CO.UK',
  "o'neil_1%x@example.com",
  'two..dots.@docomo.example',
  'jörg@müller.example',
  'ada@xn--mller-kva.example',
  '用户@例子.广告',
  'अजय@डाटा.भारत',
  'بريد@مثال.إختبار',
  'نامه@نامه\u200cای.example',
  'ada@my_company.example',
  'ada@1and1.example',
])('%s is an email', (address) => {
  expect(isEmail(address)).toBe(true);
});

test.each([
  ['a name', 'ada'],
  ['what is left when the domain was blacked out', 'redacted@'],
  ['what is left when the name was', '@example.com'],
  ['two placeholders', 'null@null'],
  ['a login', 'ada@intranet'],
  ['a handle', '@ada'],
  ['a name in front', '"Ada" <ada@example.com>'],
  ['angle brackets', '<ada@example.com>'],
  ['two addresses', 'ada@example.com,bob@example.com'],
  ['two addresses with a semicolon', 'ada@example.com; bob@example.com'],
  ['two signs', 'ada@bob@example.com'],
  ['a space', 'ada lovelace@example.com'],
  ['a line break', 'ada@example.com\n'],
  ['a colon', 'mailto:ada@example.com'],
  ['an address in the web', 'https://example.com/@ada.example'],
  ['quotes', '"ada"@example.com'],
  ['an empty part of the domain', 'ada@example..com'],
  ['a dot at the end', 'ada@example.com.'],
  ['a path behind it', 'ada@example.com/x'],
  ['a number of the network', 'ada@[127.0.0.1]'],
  ['a sign nobody sees', 'ada\u200b@example.com'],
  ['half a character', 'ada\ud83d@example.com'],
  ['a letter that was lost on the way', 'ren\ufffd@example.com'],
  ['nothing', ''],
])('%s is no email', (_what, text) => {
  expect(isEmail(text)).toBe(false);
});

test('an address is the same person whatever its capitals and its accents’ spelling, and another letter is another', () => {
  expect(emailKey('Ada@Example.COM')).toBe(emailKey('ada@example.com'));
  expect(emailKey('rene\u0301@example.com')).toBe(emailKey('ren\u00e9@example.com'));
  expect(emailKey('rene@example.com')).not.toBe(emailKey('ren\u00e9@example.com'));
  expect(emailKey('weiß@example.com')).not.toBe(emailKey('weiss@example.com'));
});

test('an id is withheld like an email as soon as it holds an @, whether it is one or not', () => {
  for (const id of ['ada@example.com', 'redacted@', 'null@null', '@ada', 'ada@intranet']) {
    expect(mayBeEmail(id)).toBe(true);
  }
  expect(mayBeEmail('user_10042')).toBe(false);
});

test('a text of a million characters is looked at once', async () => {
  const texts = ['a'.repeat(1e6), '@'.repeat(1e6), `a@${'b.'.repeat(5e5)}`];
  await expect(processorTimeOf(() => texts.forEach(isEmail))).resolves.toBeLessThan(1_000);
});
