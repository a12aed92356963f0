import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { operations } from '../operations.ts';

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const pages = [
  'RELEASING.md',
  'docs/publishing.md',
  'docs/templates.md',
  'docs/listing/README.md',
  ...readdirSync(join(root, 'docs/zaps')).map((file) => `docs/zaps/${file}`),
];

const operationSchema = z.object({
  default: z.object({
    key: z.string(),
    display: z.object({ label: z.string(), hidden: z.boolean().optional() }),
    operation: z.object({ inputFields: z.array(z.object({ key: z.string(), label: z.string() })).optional() }),
  }),
});

/** The labels of each operation's fields, by the operation's own label. */
const forms = new Map<string, string[]>();
beforeAll(async () => {
  for (const folder of ['triggers', 'searches', 'creates']) {
    for (const file of readdirSync(join(root, folder))) {
      const { default: declared } = operationSchema.parse(await import(join(root, folder, file)));
      const fields = declared.operation.inputFields ?? [];
      if (!declared.display.hidden)
        forms.set(
          declared.display.label,
          fields.map(({ label }) => label),
        );
    }
  }
});

/** What a page says of a Koji step: the operation, and the fields in the tables below it. */
const stepsIn = (page: string): { operation: string; fields: string[] }[] =>
  read(page)
    .split(/^(?=#|\*\*\d)/m)
    .flatMap((section) => {
      const [, operation] = /^(?:#+|\*\*)[^\n]*Koji → ([^*\n]+)/.exec(section) ?? [];
      const fields = [...section.matchAll(/^\| ([A-Z][^|]*?) \|/gm)].map(([, field = '']) => field);
      return operation === undefined ? [] : [{ operation, fields }];
    });

test.each(pages)('%s names the fields as the forms do', (page) => {
  for (const { operation, fields } of stepsIn(page)) {
    expect([...forms.keys()]).toContain(operation);
    expect(fields.filter((field) => !forms.get(operation)?.includes(field))).toEqual([]);
  }
});

test('the Zaps explain every field of the operations they are about', () => {
  const explained = ['cohort-to-interview', 'interview-to-amplitude'].flatMap((page) =>
    stepsIn(`docs/zaps/${page}.md`),
  );
  expect(explained.length).toBeGreaterThan(3);
  for (const { operation, fields } of explained)
    expect({ [operation]: fields }).toEqual({ [operation]: forms.get(operation) });
});

test('there are ten templates', () => {
  const titles = [...read('docs/templates.md').matchAll(/^## (\d+\. .*)$/gm)].map(([, title]) => title);
  expect(titles).toHaveLength(10);
  for (const title of titles) expect(read('docs/templates.md')).toMatch(`| ${title}`);
});

test('the publishing guide tells the status of each operation, and what would lift it', () => {
  for (const { key, kind, status, lifts } of operations) {
    const [row = ''] = read('docs/publishing.md').match(new RegExp(`^.*\\| \`${key}\` \\|.*$`, 'm')) ?? [];
    expect(row).toMatch(`| ${kind} | ${status} |`);
    const [assumption] = /K\d+/.exec(lifts ?? '') ?? [''];
    expect(row).toMatch(assumption);
  }
});

test.each(pages)('every link of %s leads somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});
