import { readConfig } from '../../forwarder/config.ts';
import { StartError } from '../../forwarder/fault.ts';

const right = {
  KOJI_API_KEY: 'pk_live_made_up',
  KOJI_WEBHOOK_SECRET: 'a secret that Koji gave',
  AMPLITUDE_API_KEY: 'a'.repeat(32),
};

const wrong = (environment: Record<string, string>): string[] => {
  try {
    readConfig({ ...right, ...environment });
  } catch (error) {
    if (error instanceof StartError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  throw new Error('It was expected to be refused.');
};

test('three values are enough, and the rest takes its default', () => {
  expect(readConfig(right)).toMatchObject({ port: 8787, folder: '.forwarder', writing: { minimum_quality: 3 } });
});

test('everything that is missing or wrong is named at once, and no value is shown', () => {
  const lines = wrong({
    KOJI_API_KEY: 'pk live with spaces',
    AMPLITUDE_API_KEY: '',
    ETL_SECRET: 'short',
    PORT: 'many',
    MINIMUM_QUALITY: '7',
    DATABASE_URL: 'mysql://somewhere',
    KOJI_API_URL: 'http://example.com',
  });
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'KOJI_API_KEY',
    'AMPLITUDE_API_KEY',
    'ETL_SECRET',
    'DATABASE_URL',
    'PORT',
    'MINIMUM_QUALITY',
    'KOJI_API_URL',
  ]);
  expect(lines.join('\n')).not.toMatch(/with spaces|short|many|mysql|example\.com/);
});

test('choices count in any capitals, and others are refused with the choices there are', () => {
  expect(readConfig({ ...right, MODE: 'Voice', AMPLITUDE_REGION: 'EU', IDENTIFY_BY: 'Email' })).toMatchObject({
    starting: { mode: 'voice' },
    amplitude: { host: 'https://api.eu.amplitude.com' },
    writing: { identify_by: 'email' },
  });
  expect(wrong({ MODE: 'video', AMPLITUDE_REGION: 'asia' })).toEqual([
    'AMPLITUDE_REGION must be one of us, eu.',
    'MODE must be one of text, voice.',
  ]);
});

test('a number out of its range is refused with the range', () => {
  expect(wrong({ NOT_AGAIN_DAYS: '0', PORT: '70000' })).toEqual([
    'PORT must be a whole number from 0 to 65,535.',
    'NOT_AGAIN_DAYS must be a whole number from 1 to 3,650.',
  ]);
});

test('several secrets may stand in one value while one is replaced', () => {
  const both = 'one-secret-of-ours-1 one-secret-of-ours-2';
  expect(readConfig({ ...right, ETL_SECRET: both }).etlSecrets).toEqual(both.split(' '));
});

test.each(['KOJI_API_KEY', 'KOJI_WEBHOOK_SECRET', 'AMPLITUDE_API_KEY'])(
  '%s that is missing or empty is named',
  (name) => {
    expect(wrong({ [name]: '' })).toEqual([`${name} is empty.`]);
    expect(wrong({ [name]: ' \n' })).toEqual([`${name} is empty.`]);
  },
);

test('a webhook secret that could be guessed is refused, and so is what stands for one', () => {
  for (const secret of ['short', 'whsec_…']) {
    expect(wrong({ KOJI_WEBHOOK_SECRET: secret })).toEqual([
      'KOJI_WEBHOOK_SECRET must have at least 16 characters; copy the whole of it from Koji.',
    ]);
  }
});

test.each([
  ['KOJI_WEBHOOK_SECRET', 'whsec_0123456789abcdef     # Koji shows it when you add the webhook'],
  ['ETL_SECRET', ' # your own'],
  ['AMPLITUDE_REGION', 'us # or eu'],
  ['KOJI_API_KEY', '"pk_live_made_up"'],
  ['ETL_SECRET', "'one-secret-of-ours-1'"],
])('a comment or quotes that docker or systemd left at %s are refused in words', (name, value) => {
  expect(wrong({ [name]: value })).toEqual([
    `${name} holds a comment or stands in quotes. Give the comment a line of its own, or leave the quotes out: docker takes both for a part of the value.`,
  ]);
});

test('a # within a secret is part of it', () => {
  expect(readConfig({ ...right, PAGE_PASSWORD: 'a#password#with#signs' }).pagePasswords).toEqual([
    'a#password#with#signs',
  ]);
});

test('a line break at the end of a secret, as files leave it, does no harm; one within a key is refused', () => {
  const read = readConfig({ ...right, KOJI_API_KEY: 'pk_live_made_up\n', ETL_SECRET: 'one-secret-of-ours-1\n' });
  expect([read.koji.apiKey, read.etlSecrets]).toEqual(['pk_live_made_up', ['one-secret-of-ours-1']]);
  expect(wrong({ KOJI_API_KEY: 'pk_live\nmade_up' })).toEqual([
    'KOJI_API_KEY holds a space, a line break or an unusual character.',
  ]);
});

test('a language that no row could be started in is refused, and one is read as Koji takes it', () => {
  expect(wrong({ LANGUAGE: 'english' })).toEqual(['LANGUAGE must be a language code such as en or pt-BR.']);
  expect(readConfig({ ...right, LANGUAGE: 'PT_br' }).starting.language).toBe('pt-BR');
});

test.each(['postgres://user:pass#word@host/database', 'host:5432/database'])(
  'an address of Postgres that can not be read is refused with its form: %s',
  (address) => {
    expect(wrong({ DATABASE_URL: address })).toEqual([
      'DATABASE_URL must be an address such as postgres://user:password@host/database; in the password # is written %23, / %2F and ? %3F.',
    ]);
  },
);
