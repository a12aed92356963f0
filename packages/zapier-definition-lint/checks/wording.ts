import { zapierCheck } from '../check.ts';
import { type Definition, proseOf, textsIn, triggersOf, visible } from '../definition.ts';
import { brokenLinkIn, linksIn } from '../markdown.ts';
import { titleCaseOf } from '../title-case.ts';

/** The definition's texts outside samples, which hold what customers might write. */
const ownTexts = ({ raw }: Definition) => textsIn(raw).filter(({ path }) => !path.includes('sample'));

/** Schemes that run code where a browser opens them. */
const dangerous = /^\s*(?:(?:javascript|vbscript|livescript):\S|data:[\w.+-]+\/[\w.+-]+[;,])/i;

export const wordingChecks = [
  zapierCheck('D007', 'All URLs Should Be HTTPS', (definition) =>
    ownTexts(definition)
      .filter(({ text }) => /\bhttp:\/\//i.test(text))
      .map(({ path }) => ({ where: path.join('.'), message: 'has an address that begins with http://.' })),
  ),

  zapierCheck('D008', 'Invalid Markdown Link', (definition) =>
    proseOf(definition).flatMap(({ where, value }) => {
      const broken = brokenLinkIn(value);
      return broken === null ? [] : [{ where, message: `has "${broken}": write [words](https://…) or \`https://…\`.` }];
    }),
  ),

  zapierCheck('D018', 'Titlecased Label', ({ operations }) =>
    visible(operations)
      .map(({ path, display: { label } }) => ({ where: `${path}.display.label`, label, fitting: titleCaseOf(label) }))
      .filter(({ label, fitting }) => label !== fitting || label === '')
      .map(({ where, label, fitting }) => ({ where, message: `is "${label}", not "${fitting}".` })),
  ),

  zapierCheck('D021', 'Trigger Description Requirements', (definition) =>
    visible(triggersOf(definition))
      .filter(({ display }) => !/^Triggers when \S.*\.$/s.test(display.description))
      .map(({ path }) => ({
        where: `${path}.display.description`,
        message: 'must begin with "Triggers when " and end with a full stop.',
      })),
  ),

  zapierCheck('D025', 'URLs Should Not Be Dangerous URIs', (definition) =>
    textsIn(definition.raw)
      .filter(({ text }) =>
        [text, ...linksIn(text), ...[...text.matchAll(/\]\(([^)]*)/g)].map(([, address = '']) => address)].some(
          (address) => dangerous.test(address),
        ),
      )
      .map(({ path }) => ({ where: path.join('.'), message: 'has an address that can run code in a browser.' })),
  ),
];
