/** The words of the built apps' forms, as Make's guide asks (M6), and of the page for those who build with them. */
import { readFileSync } from 'node:fs';
import { type BlueprintModule, blueprintsOf } from '../../make/blueprints/blueprint.ts';
import { allFields, builtApp, fieldsOf, folderOf, readBuilt } from '../../make/build/built.ts';
import { targets } from '../../make/language/format.ts';

const FORMS = ['params', 'staticParams', 'mappableParams'];

const builtOf = (target: (typeof targets)[number]) => {
  const app = builtApp(readBuilt(folderOf(target)));
  if (app === null) throw new Error(`${target} is not built.`);
  return app;
};

describe.each(targets)('make/app/%s', (target) => {
  const app = builtOf(target);
  const fields = app.components.flatMap((component) =>
    FORMS.flatMap((code) =>
      fieldsOf(app, component, code).map(({ help = '', ...field }) => ({ ...field, help, of: component.id })),
    ),
  );
  const asText = ({ of, name }: (typeof fields)[number]): string => `${of}: ${name}`;

  test('a field that is typed into shows an example', () => {
    const typed = fields.filter(
      ({ name, type = '' }) =>
        name !== 'limit' && ['text', 'number', 'uinteger', 'date', 'url', 'array'].includes(type),
    );
    const without = typed.filter(({ name, help }) => name !== 'headers' && !/For example, `[^`]+`/.test(help));
    expect(typed.length).toBeGreaterThan(4);
    expect(without.map(asText)).toEqual([]);
  });

  test('the app’s documentation says how each connection and each trigger of a webhook is connected', () => {
    const [, connecting = ''] = (app.files.get('README.md') ?? '').split('## ');
    const connected = app.components.filter(
      ({ kind, moduleType }) => kind === 'connection' || moduleType === 'instant_trigger',
    );
    expect(connected.length).toBeGreaterThan(1);
    for (const { label } of connected) expect(connecting).toContain(`- **${label}**: `);
  });

  test('Limit, URL and Headers have Make’s own words', () => {
    const own: Record<string, RegExp> = {
      limit: /^The maximum number of results to be worked with during one execution cycle\.$/,
      url: /^Enter a path relative to `https:\/\/[^`]+`\. For example, `\/[^`]+`\.$/,
      headers: /^You don't have to add authorization headers; we already did that for you\.$/,
    };
    const named = fields.filter(({ name = '' }) => name in own);
    expect(new Set(named.map(({ name }) => name))).toContain('url');
    for (const { name = '', help } of named) expect(help).toMatch(own[name] ?? /^$/);
  });

  test('examples are introduced in one way', () => {
    const helps = allFields(app).map(({ field }) => field.help ?? '');
    expect(helps.filter((help) => /such as|e\.g\.|for instance/i.test(help))).toEqual([]);
  });

  test('fields and modules are named in bold', () => {
    const labels = [...fields, ...app.components].flatMap(({ label = '' }) => (label.includes(' ') ? [label] : []));
    const longestFirst = [...new Set(labels)].sort((one, other) => other.length - one.length);
    const bare = fields.flatMap(({ help, ...field }) => {
      const plain = help.replace(/\*\*.*?\*\*/g, '');
      return longestFirst.some((label) => new RegExp(`${label}(?!\\w)`).test(plain))
        ? [`${field.of}: ${field.name}: ${plain}`]
        : [];
    });
    expect(bare).toEqual([]);
  });
});

describe('the builder’s page', () => {
  const page = readFileSync('docs/make/builder.md', 'utf8');
  const words = page.replace(/`[^`]*`/g, '');
  const apps = targets.map(builtOf);
  const components = apps.flatMap((app) => app.components);
  const modules = components.filter(({ kind }) => kind === 'module').map(({ label = '' }) => label);
  const everyStep = (steps: BlueprintModule[]): BlueprintModule[] =>
    steps.flatMap((step) => [
      step,
      ...everyStep(step.onerror ?? []),
      ...everyStep((step.routes ?? []).flatMap(({ flow }) => flow)),
    ]);
  const steps = targets.flatMap((target) => blueprintsOf(target).flatMap(([, { flow }]) => everyStep(flow)));
  const filters = steps.flatMap(({ filter }) => filter?.name ?? []);
  /** What Make or Gmail calls so. */
  const foreign = [
    ...['Data → code', 'Incomplete executions', 'Sequential processing', 'Koji and Amplitude'],
    ...['Add', 'Run once', '⋯ → Import blueprint', 'Custom webhook', 'HTTP', 'Parse JSON', 'Send an email'],
    ...['Set multiple variables', 'Transform to JSON'],
  ];
  const known = new Set([
    ...modules,
    ...filters,
    ...foreign,
    ...apps.flatMap((app) => allFields(app).map(({ field: { label = '' } }) => label)),
  ]);

  test('names fields, outputs, modules and filters as the apps and their scenarios do', () => {
    const italic = [...words.matchAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g)].map(([, name = '']) => name);
    const bold = [...words.matchAll(/\*\*([A-Z][^*]+)\*\*(?!:)/g)].map(([, name = '']) => name);
    expect(italic.length).toBeGreaterThan(20);
    expect([...italic, ...bold].filter((name) => !known.has(name))).toEqual(['Open the invite link']);
  });

  test('tells of every module, and of no other', () => {
    const [, table = ''] = page.split('## What each module does');
    const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| (.*?) \|/gm)].map(([, cell = '']) => cell);
    expect(
      rows
        .slice(1)
        .flatMap((cell) => cell.split(', '))
        .sort(),
    ).toEqual([...new Set(modules)].sort());
  });

  test('has the scenarios’ pause and repeats', () => {
    const again = steps.filter(({ module }) => module === 'builtin:Break').map(({ mapper }) => mapper);
    for (const settings of again) expect(settings).toEqual({ retry: true, count: 32, interval: 15 });
    expect(page).toContain('Break: 32 attempts, 15 minutes apart');
    const pauses = steps.filter(({ module }) => module === 'util:FunctionSleep').map(({ mapper }) => mapper);
    expect(pauses).toEqual([{ duration: 2 }, { duration: 2 }]);
    expect(page).toContain('Each start waits 2 seconds');
  });
});
