import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { operations } from '../operations.ts';
import packageJson from '../package.json' with { type: 'json' };

const root = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const pages = [
  'docs/releasing.md',
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

test('the Zaps explain every field of the operations they are about, in the order of the form', () => {
  const explained = ['cohort-to-interview', 'interview-to-amplitude'].flatMap((page) =>
    stepsIn(`docs/zaps/${page}.md`),
  );
  const operationsExplained = [...new Set(explained.map(({ operation }) => operation))];
  expect(operationsExplained.length).toBeGreaterThan(3);
  for (const name of operationsExplained) {
    const form = forms.get(name) ?? [];
    const steps = explained.filter(({ operation }) => operation === name).map(({ fields }) => fields);
    for (const fields of steps) expect(fields).toEqual(form.filter((field) => fields.includes(field)));
    expect({ [name]: new Set(steps.flat()) }).toEqual({ [name]: new Set(form) });
  }
});

test('there are fifteen templates, each in the list at the top', () => {
  const titles = [...read('docs/templates.md').matchAll(/^## (\d+\. .*)$/gm)].map(([, title]) => title);
  expect(titles).toHaveLength(15);
  for (const title of titles) expect(read('docs/templates.md')).toMatch(`| ${title}`);
});

test('the publishing guide tells the status of each operation, and what would lift it', () => {
  for (const operation of operations) {
    const { key, kind, status } = operation;
    const [row = ''] = read('docs/publishing.md').match(new RegExp(`^.*\\| \`${key}\` \\|.*$`, 'm')) ?? [];
    expect(row).toMatch(`| ${kind} | ${status} |`);
    const [assumption] = /K\d+/.exec(operation.status === 'awaiting' ? operation.lifts : '') ?? [''];
    expect(row).toMatch(assumption);
  }
});

const rooms = ['koji', 'amplitude', 'zapier', 'boundary', 'sandbox', 'test'].map((room) => `${room}/README.md`);
const handbooks = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/facts/README.md',
  'docs/errors.md',
  'make/README.md',
  'docs/make/builder.md',
  'docs/make/maintainer.md',
  'docs/make/engineer.md',
  'docs/testing.md',
  'docs/forwarder/README.md',
  'forwarder/README.md',
  ...rooms,
  ...pages,
];

test.each(handbooks)('every link of %s leads somewhere', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
});

test.each(rooms)('every file that %s names is there', (page) => {
  const named = [...read(page).matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = '']) => file);
  const inRoom = readdirSync(join(root, dirname(page)), { recursive: true }).map((file) => `/${file}`);
  expect(named.length).toBeGreaterThan(2);
  expect(
    named.filter((file) => !existsSync(join(root, file)) && !inRoom.some((path) => path.endsWith(`/${file}`))),
  ).toEqual([]);
});

/** The commands that a page shows, in blocks and within sentences, word by word. */
const commandsIn = (page: string): string[][] => {
  const blocks = [...read(page).matchAll(/^```.*\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const spans = [
    ...read(page)
      .replace(/^```[\s\S]*?^```$/gm, '')
      .matchAll(/`([^`]+)`/g),
  ].map(([, span = '']) => span);
  return [...blocks.flatMap((block) => block.replace(/\\\n/g, ' ').split('\n')), ...spans]
    .flatMap((line) => line.replace(/\s+#.*$/s, '').split(/&&|\||;/))
    .map((command) => command.trim().split(/\s+/))
    .filter(([program = '']) => ['npm', 'npx', 'node', 'bash'].includes(program));
};

const OF_NPM_ITSELF = ['ci', 'version'];
const ZAPIER_COMMANDS = join(root, 'node_modules/zapier-platform-cli/src/oclif/commands');

/** Whether what a command runs is there: a script of package.json, a program that was installed, a file of ours. */
const isThere = ([program = '', ...rest]: string[]): boolean => {
  const [what = '', ...more] = rest.filter((word) => !word.startsWith('-'));
  if (program === 'npm') {
    const script = what === 'run' ? more[0] : what;
    return OF_NPM_ITSELF.includes(what) || (script !== undefined && script in packageJson.scripts);
  }
  if (program !== 'npx') return existsSync(join(root, what));
  if (what === 'zapier-platform') {
    const file = join(ZAPIER_COMMANDS, ...(more[0] ?? '').split(':'));
    return existsSync(`${file}.js`) || existsSync(join(file, 'index.js'));
  }
  return (
    existsSync(join(root, 'node_modules/.bin', what)) && (what !== 'node' || existsSync(join(root, more[0] ?? '')))
  );
};

test.each(handbooks)('every command of %s is there to be run', (page) => {
  expect(
    commandsIn(page)
      .filter((command) => !isThere(command))
      .map((command) => command.join(' ')),
  ).toEqual([]);
});

test('a command that is not there is noticed', () => {
  const missing = [
    'npm run lint-definition',
    'npm begin',
    'npx zapier',
    'npx node scripts/none.ts',
    'npx zapier-platform fly',
  ];
  expect(missing.filter((command) => isThere(command.split(' ')))).toEqual([]);
  expect(commandsIn('CONTRIBUTING.md')).toContainEqual(['npm', 'run', 'definition-lint']);
  expect(commandsIn('docs/testing.md')).toContainEqual(['npm', 'run', 'sandbox', '--', '--write-env']);
});
