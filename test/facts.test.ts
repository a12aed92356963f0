/** The facts that the code stands on: each has a kind and a source, and each citation leads to one. */
import * as z from 'zod';
import { readSources, type Sources } from './support/sources.ts';

const PAGES = ['koji', 'amplitude', 'zapier', 'make'].map((name) => `docs/facts/${name}.md`);
/** An id of a fact; `%A4` is half a letter in an address. */
const ID = /(?<![%\w])[AKMZ][1-9]\d?\b/g;

const factRow = z.tuple([z.string(), z.string().min(1), z.enum(['documented', 'observed', 'assumed']), z.url()]);
type Fact = { id: string; kind: z.infer<typeof factRow>[2] };

/** The rows of a page's table, cell by cell. */
const rowsOf = (page: string): string[][] =>
  [...page.matchAll(/^\| <a id="(.*)$/gm)].map(([row]) =>
    row
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  );

const idOf = (cell: string | undefined): string => /^<a id="(\w+)"><\/a>(\w+)$/.exec(cell ?? '')?.[2] ?? '';

/** The facts, and what is wrong with their rows. */
const readFacts = (sources: Sources): { facts: Fact[]; problems: string[] } => {
  const facts: Fact[] = [];
  const problems: string[] = [];
  for (const row of PAGES.flatMap((page) => rowsOf(sources.get(page) ?? ''))) {
    const id = idOf(row[0]);
    const parsed = factRow.safeParse(row);
    if (!parsed.success || !row[0]?.startsWith(`<a id="${id.toLowerCase()}">`))
      problems.push(`${id} has no kind or no source`);
    else if (facts.some((fact) => fact.id === id)) problems.push(`${id} is there twice`);
    else facts.push({ id, kind: parsed.data[2] });
  }
  return { facts, problems };
};

/** Rooms that act an assumption out, probe it or specify it. Everything else is the product. */
const IS_BESIDE = /^(sandbox|doctor|bench|test)\//;
const IS_COMMENT = /^\s*(\/\*|\*)|\/\/ /;
const IS_CITING = (path: string): boolean =>
  /\.(ts|md)$/.test(path) && !path.startsWith('docs/facts/') && path !== 'test/facts.test.ts';

const idsIn = (lines: string[]): string[] => [
  ...new Set(lines.flatMap((line) => line.replace(/https?:\/\/\S+/g, '').match(ID) ?? [])),
];

/** What is wrong with facts and citations, in words. */
const problemsOf = (sources: Sources): string[] => {
  const { facts, problems } = readFacts(sources);
  const citing = [...sources]
    .filter(([path]) => IS_CITING(path))
    .map(([path, text]) => ({ path, lines: text.split('\n') }))
    .map(({ path, lines }) => ({
      path,
      ids: idsIn(lines),
      commented: IS_BESIDE.test(path) ? [] : idsIn(lines.filter((line) => IS_COMMENT.test(line))),
    }));
  const unknown = citing.flatMap(({ path, ids }) =>
    ids.filter((id) => !facts.some((fact) => fact.id === id)).map((id) => `${path} cites ${id}, which is no fact`),
  );
  const inCode = citing.filter(({ path }) => path.endsWith('.ts'));
  const uncited = facts
    .filter(({ id }) => !inCode.some(({ ids }) => ids.includes(id)))
    .map(({ id }) => `nothing cites ${id}`);
  const scattered = facts
    .filter(({ kind }) => kind === 'assumed')
    .flatMap(({ id }) => {
      const places = inCode.filter(({ commented }) => commented.includes(id)).map(({ path }) => path);
      return places.length === 1 ? [] : [`${id} is assumed in ${places.join(' and ') || 'no place'}`];
    });
  return [...problems, ...unknown, ...uncited, ...scattered];
};

/** Sections of texts that are not here, and texts outside the repository. */
const OUTSIDE = /§|\b(Koji|Amplitude|Zapier|Make) contract\b|\.\.\/shared\//;
const reachingOut = (sources: Sources): string[] =>
  [...sources].filter(([path, text]) => path !== 'test/facts.test.ts' && OUTSIDE.test(text)).map(([path]) => path);

const sources = readSources();
const factPage = (name: string): string => sources.get(`docs/facts/${name}.md`) ?? '';
const changed = (path: string, change: (text: string) => string): Sources =>
  new Map(sources).set(path, change(sources.get(path) ?? ''));

test('every citation leads to a fact, every fact has a kind, a source and a citation, every assumption one place', () => {
  expect(readFacts(sources).facts.length).toBeGreaterThan(80);
  expect(problemsOf(sources)).toEqual([]);
});

test('nothing cites a text that is not in the repository', () => {
  expect(reachingOut(sources)).toEqual([]);
  expect(reachingOut(changed('koji/gate.ts', (text) => `${text}// As the Make contract has it.\n`))).toEqual([
    'koji/gate.ts',
  ]);
});

test('Koji’s fourteen choices are one table, and the code has them in its order', () => {
  const ids = rowsOf(factPage('koji')).map(([cell]) => idOf(cell));
  expect(ids).toEqual(ids.map((_, index) => `K${index + 1}`));
  const headings = [...(sources.get('koji/contract.ts') ?? '').matchAll(/^\/\/ ---- (K\d+)/gm)].map(([, id]) => id);
  expect(headings).toEqual(ids.slice(0, 14));
});

test.each([
  [
    'a citation of no fact',
    changed('koji/gate.ts', (text) => `${text}/** Nobody knows (K99). */\n`),
    'koji/gate.ts cites K99, which is no fact',
  ],
  [
    'a fact that is taken away',
    changed('docs/facts/zapier.md', (text) => text.replace(/^.*id="z5".*\n/m, '')),
    'boundary/failure.ts cites Z5, which is no fact',
  ],
  [
    'a fact without a source',
    changed('docs/facts/zapier.md', (text) => text.replace(/^(.*id="z5".*) \| \S+ \|$/m, '$1 | |')),
    'Z5 has no kind or no source',
  ],
  [
    'a fact without a kind',
    changed('docs/facts/zapier.md', (text) => text.replace(/^(.*id="z5".*) \| \w+ \| (\S+) \|$/m, '$1 | | $2 |')),
    'Z5 has no kind or no source',
  ],
  [
    'an id that stands twice',
    changed('docs/facts/zapier.md', (text) => text.replace(/^.*id="z5".*\n/m, '$&$&')),
    'Z5 is there twice',
  ],
  [
    'a fact that nothing cites',
    changed(
      'docs/facts/zapier.md',
      (text) => `${text}| <a id="z99"></a>Z99 | New. | documented | https://zapier.com |\n`,
    ),
    'nothing cites Z99',
  ],
  [
    'an assumption in two files',
    changed('koji/gate.ts', (text) => `${text}/** As the other file has it (K9). */\n`),
    'K9 is assumed in koji/contract.ts and koji/gate.ts',
  ],
  [
    'an assumption without a place',
    changed('amplitude/probe.ts', (text) => text.replaceAll('A21', 'A19')),
    'A21 is assumed in no place',
  ],
])('%s fails', (_name, broken, problem) => {
  expect(problemsOf(broken)).toContain(problem);
});
