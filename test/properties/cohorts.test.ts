import { gzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { cohortEntrySchema } from '../../amplitude/cohort-entry.ts';
import { readMembers } from '../../amplitude/cohort-file.ts';
import { cohortWebhookInput, readCohortDelivery } from '../../amplitude/cohort-webhook.ts';
import { csvReader } from '../../amplitude/csv.ts';
import { VendorFailure } from '../../boundary/failure.ts';
import { isPlaceholder } from '../../boundary/placeholders.ts';
import { jsonOf } from '../../boundary/send.ts';
import { readInput } from '../../boundary/values.ts';
import { processorTimeOf } from '../support/processor-time.ts';
import { always, expectExact, jsonText, longNumber, odd, roughly } from '../support/property.ts';

const everybody = readInput('Amplitude', cohortWebhookInput, {});
const chosen = readInput('Amplitude', cohortWebhookInput, { extra_properties: ['plan', 'Seats'] });
const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
const moments = fc.integer({ min: 1_600_000_000, max: 1_800_000_000 });

const users = roughly({
  user_id: fc.constantFrom('user_1', 'user_2', 'user_3'),
  user_properties: roughly({ email: fc.constant('ada@example.com'), plan: words, seats: fc.nat() }),
});
const head = {
  cohort_id: words,
  cohort_name: words,
  in_cohort: fc.boolean(),
  computed_time: moments,
  message_id: fc.option(words),
};
const batches = fc.oneof(
  roughly({ ...head, users: fc.array(users, { maxLength: 5 }) }),
  fc.tuple(roughly(head), users, words, fc.boolean()).map(([around, user, name, isIn]) => ({
    ...around,
    ...user,
    [`amplitude_${name}_7khm89cz`]: isIn,
  })),
);

describe("a cohort webhook's delivery", () => {
  test('of whatever is read without a crash, each person once, as described', async () => {
    await always(
      fc.oneof(batches, fc.array(batches, { maxLength: 3 }), odd),
      (delivery) => {
        for (const input of [everybody, chosen]) {
          const { entries } = readCohortDelivery(jsonOf(jsonText(delivery)), input);
          expectExact(entries);
          for (const entry of entries) expect(cohortEntrySchema.parse(entry)).toEqual(entry);
          expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
        }
      },
      600,
    );
    await always(fc.string({ unit: 'binary' }), (text) => readCohortDelivery(jsonOf(text), everybody));
  });

  test('hands on the id that came, byte for byte, with every digit of a number', async () => {
    const ids = fc.oneof(fc.string({ unit: 'grapheme' }), longNumber, fc.maxSafeInteger());
    await always(fc.uniqueArray(ids, { selector: String }), (all) => {
      const people = all.map((user_id) => ({ user_id }));
      const { entries } = readCohortDelivery(jsonOf(jsonText({ in_cohort: true, users: people })), everybody);
      const meant = all.map(String).filter((id) => id.trim() !== '' && !isPlaceholder(id));
      expect(entries.map(({ amplitude_user_id }) => amplitude_user_id)).toEqual(meant);
    });
  });

  test('names nobody in what it says for the log', async () => {
    const person = { user_id: 'person-of-the-test', user_properties: { email: 'person@example.com' } };
    await always(
      roughly({
        ...head,
        users: fc.array(fc.constantFrom<unknown>(person, { ...person, user_id: null }, 'person', ['person'])),
      }),
      (batch) => {
        const input = { ...everybody, sample_percent: 1 };
        const delivery = { ...batch, ...(batch.users === undefined ? person : {}) };
        const { leftOut } = readCohortDelivery(jsonOf(jsonText([delivery, person])), input);
        expect(leftOut.join(' ')).not.toMatch(/person/);
      },
    );
  });

  const many = <Part>(count: number, part: (index: number) => Part) =>
    Array.from({ length: count }, (_, index) => part(index));
  const wide = Object.fromEntries(many(20_000, (index) => [`Property ${index}`, 'x']));
  test.each([
    ['people', { in_cohort: true, users: many(40_000, (index) => ({ user_id: `user_${index}` })) }, []],
    ['properties', { in_cohort: true, users: [{ user_id: 'user_1', user_properties: wide }] }, []],
    [
      'properties that were chosen',
      { in_cohort: true, users: [{ user_id: 'user_1', user_properties: wide }] },
      many(2_000, (index) => `property ${index}`),
    ],
    ['a name of many pieces', { [`amplitude_${'a_'.repeat(400_000)}`]: true, user_id: 'user_1' }, []],
  ])('with many %s takes no more than its time', async (_name, delivery, extra_properties) => {
    const body = JSON.stringify(delivery);
    const reading = () => readCohortDelivery(jsonOf(body), { ...everybody, extra_properties });
    expect(await processorTimeOf(reading)).toBeLessThan(2_000);
  });
});

const pieces = async function* (bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
};
const readFile = (content: string | Uint8Array, size = 16, properties: string[] = ['email', 'plan']) =>
  readMembers(
    pieces(Buffer.from(content), size),
    { properties, isWanted: () => true, most: { people: 60_000, characters: 19_000_000 }, listed: null },
    () => 20_000,
  );
const written = (rows: string[][]): string =>
  rows
    .map((row) => row.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(','))
    .join('\n');

const cell = fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '\n', '\r', ' ', 'é', '💶', '0', ';') });
const people = fc.uniqueArray(fc.record({ id: cell.map((text) => `user_${text}`), email: cell, plan: cell }), {
  selector: ({ id }) => id,
  maxLength: 8,
});
const header = ['amplitude_id', 'user_id', 'email', 'plan'];
const fileOf = (all: { id: string; email: string; plan: string }[]): string =>
  written([header, ...all.map(({ id, email, plan }, index) => [String(index), id, email, plan])]);

describe("a cohort's file", () => {
  test('of whatever has the rows that csv-parse finds, in pieces of any size', async () => {
    const texts = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' '), maxLength: 40 });
    await always(fc.tuple(texts, fc.integer({ min: 1, max: 9 })), ([text, size]) => {
      const rows: string[][] = [];
      const reader = csvReader(({ values, isBroken }) => isBroken || rows.push(values));
      for (let from = 0; from < text.length; from += size) reader.read(text.slice(from, from + size));
      reader.end();
      expect(rows).toEqual(
        parse(text, {
          record_delimiter: '\n',
          skip_empty_lines: true,
          relax_column_count: true,
          skip_records_with_error: true,
        }),
      );
    });
  });

  test('gives exactly those who were written into it, packed or not, in pieces of any size', async () => {
    await always(fc.tuple(people, fc.integer({ min: 1, max: 40 }), fc.boolean()), async ([all, size, isPacked]) => {
      const file = fileOf(all);
      const { members } = await readFile(isPacked ? gzipSync(file) : file, size);
      expect(members).toEqual(
        all.map(({ id, email, plan }) => ({ userId: id, properties: { email: email || null, plan: plan || null } })),
      );
    });
  });

  test('that ends early gives nobody who is not in the whole', async () => {
    await always(fc.tuple(people, fc.integer({ min: 0, max: 1_000 })), async ([all, share]) => {
      const file = Buffer.from(fileOf(all));
      const part = file.subarray(0, Math.floor((file.length * share) / 1_000));
      const found = await readFile(part).catch((error: unknown) => {
        if (error instanceof VendorFailure) return { members: [] };
        throw error;
      });
      const ids = new Set(all.map(({ id }) => id));
      expect(found.members.filter(({ userId }) => !ids.has(userId))).toEqual([]);
    });
  });

  test('takes the user id from its own column, whatever else has the name of one', async () => {
    const names = fc.constantFrom('user_id', 'User_ID', 'gp:user_id', 'email', 'amplitude_id', '__proto__', 'plan');
    await always(fc.tuple(fc.array(names, { maxLength: 5 }), people), async ([more, all]) => {
      const rows = all.map(({ id }, index) => [String(index), id, ...more.map((name) => `other ${name}`)]);
      const { members } = await readFile(written([['amplitude_id', 'user_id', ...more], ...rows]));
      expect(members.map(({ userId }) => userId)).toEqual(all.map(({ id }) => id));
    });
  });

  test('that is none is refused in words that quote nothing of it', async () => {
    const nonsense = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.constant(gzipSync('"user_id"\nada\n').subarray(0, 25)),
      people.map((all) => Buffer.from(`${fileOf(all)}\n"person@example.com`)),
    );
    await always(nonsense, async (bytes) => {
      const error: unknown = await readFile(bytes).then(
        () => null,
        (refused: unknown) => refused,
      );
      if (error === null) return;
      expect(error).toBeInstanceOf(VendorFailure);
      expect(String(error)).not.toMatch(/person|user_/);
    });
  });

  const line = (count: number, of: (index: number) => string) => Array.from({ length: count }, (_, index) => of(index));
  test.each([
    ['rows', `amplitude_id,user_id,email\n${line(40_000, (index) => `${index},user_${index},a@b.co`).join('\n')}`],
    ['bad rows', `user_id,email\n${line(40_000, (index) => `${index}`).join('\n')}`],
    ['columns', `user_id,${line(50_000, (index) => `p${index}`).join(',')}\nada,${','.repeat(49_999)}`],
    ['quotation marks', `user_id,email\n"${'""'.repeat(400_000)}",1`],
    ['stray quotes in one value', `user_id,email\nada,${'a'.repeat(900_000)}${'"a'.repeat(2_000)}\n`],
    ['stray quotes in rows', `user_id,email\n${'ada,"a"b"\n'.repeat(100_000)}`],
  ])('with many %s takes no more than its time', async (_name, content) => {
    expect(await processorTimeOf(() => readFile(content, 65_536).catch(() => null))).toBeLessThan(3_000);
  });
});
