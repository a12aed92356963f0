/** The words of the built apps' forms, as Make's guide asks (M6). Whatever a form gains is held to it as well. */
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
