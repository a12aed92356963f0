import { labels } from '../../../amplitude/errors.ts';
import { makeLabels } from '../../../make/amplitude/errors.ts';
import { appOf } from '../../../make/build/apps.ts';

const { connections, modules } = appOf('koji-amplitude');
const shown = new Map(
  [
    ...connections.flatMap(({ parameters }) => parameters),
    ...modules.flatMap((module) => ('mappableParameters' in module ? module.mappableParameters : [])),
  ].map(({ name, label }) => [`field:${name}`, label]),
);

test('errors call the fields by the labels that the forms on Make show', () => {
  const used = Object.entries(makeLabels).filter(([gap]) => shown.has(gap));
  expect(used.map(([gap]) => gap)).toEqual(
    Object.keys(labels).filter((gap) => !['here', 'field:export_every_hours'].includes(gap)),
  );
  for (const [gap, label] of used) expect(label).toBe(shown.get(gap));
});
