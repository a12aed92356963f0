import { readFileSync } from 'node:fs';
import {
  AMPLITUDE_KEY_HERE,
  appIdSchema,
  type BlueprintModule,
  blueprintsOf,
  cohortToKoji,
  kojiToAmplitude,
  STUDY_LINK_HERE,
} from '../../../make/blueprints/blueprint.ts';
import { apps } from '../../../make/build/apps.ts';
import { type App, targetOf, targets } from '../../../make/language/format.ts';
import { readApp } from '../../../sandbox/make/app.ts';
import { runModule } from '../../../sandbox/make/run.ts';

const moduleIn = (app: App, module: string) => app.modules.find(({ id }) => module.endsWith(`:${id}`));

const all = apps.flatMap((app) =>
  blueprintsOf(app.target).map(([file, blueprint]) => ({
    name: `${app.target}: ${file}`,
    app,
    blueprint,
  })),
);

const everyStep = (steps: BlueprintModule[]): BlueprintModule[] =>
  steps.flatMap((step) => [
    step,
    ...everyStep(step.onerror ?? []),
    ...everyStep((step.routes ?? []).flatMap(({ flow }) => flow)),
  ]);

/** What a step takes from the ones before it: `2.email` as ['2', 'email'], a whole bundle as ['2', undefined]. */
const fieldsIn = ({ mapper, filter }: BlueprintModule) => {
  const expressions = [...JSON.stringify([mapper, filter ?? '']).matchAll(/\{\{(.*?)\}\}/g)].map(
    ([, inside]) => inside,
  );
  return [...expressions.join(' ').matchAll(/\b(\d+)\.([a-z]\w*)|`(\d+)`/g)].map(([all, id, field, whole]) => [
    all,
    id ?? whole,
    field,
  ]);
};

test.each(all)('$name: every id stands once, and steps refer to what comes before them', ({ blueprint }) => {
  const ids = everyStep(blueprint.flow).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [index, step] of blueprint.flow.entries()) {
    const before = blueprint.flow.slice(0, index).map(({ id }) => id);
    for (const [, id] of fieldsIn(step)) expect(before).toContain(Number(id));
  }
  expect(blueprint.flow[0]?.filter).toBeUndefined();
});

test.each(all)(
  '$name: what is mapped are fields of our forms, from fields that our modules give',
  ({ app, blueprint }) => {
    for (const step of blueprint.flow) {
      const module = moduleIn(app, step.module);
      if (module !== undefined) {
        const form = 'mappableParameters' in module ? module.mappableParameters.map(({ name }) => name) : [];
        for (const key of Object.keys(step.mapper ?? {})) expect(form).toContain(key);
      }
      for (const [, id, field] of fieldsIn(step)) {
        const source = moduleIn(app, blueprint.flow.find((one) => one.id === Number(id))?.module ?? '');
        if (source !== undefined && field !== undefined)
          expect(source.interface.map(({ name }) => name)).toContain(field);
      }
    }
  },
);

test.each(all)('$name holds no connection, hook or secret, and keeps what breaks off', ({ blueprint }) => {
  // Where the scenario writes to Amplitude by itself, people put their key in the place of these words.
  const text = JSON.stringify(blueprint).replace(`"api_key\\":\\"${AMPLITUDE_KEY_HERE}`, '');
  expect(text).not.toMatch(/__IMT|"hook"|secret|api_key/);
  expect(blueprint.metadata.scenario.dlq).toBe(true);
});

test('somebody who was started already does not end a cohort’s scenario, and a pause keeps to Koji’s pace', () => {
  const steps = cohortToKoji('koji-amplitude', 'koji-a1b2c3', 'https://koji.so/i/why').flow.map(({ module }) => module);
  expect(steps).toEqual([
    'app#koji-a1b2c3:watchCohortMembers',
    'util:FunctionSleep',
    'app#koji-a1b2c3:startInterview',
    'google-email:sendAnEmail',
  ]);
});

test('the app without Amplitude writes to the region that was chosen', () => {
  const text = JSON.stringify(kojiToAmplitude('koji', 'koji-a1b2c3', { region: 'eu', apiKey: 'k' }));
  expect(text).toContain('https://api.eu.amplitude.com/2/httpapi');
  expect(text).not.toContain('https://api2.amplitude.com');
});

test.each([
  ['koji-a1b2c3', 'koji'],
  ['koji-amplitude-a1b2c3', 'koji-amplitude'],
  ['koji', 'koji'],
  ['koji-amplitude', 'koji-amplitude'],
  ['kojiama-a1b2c3', undefined],
  ['koji-and-amplitude-x1', undefined],
])('the id %s is of the app %s', (appId, target) => {
  expect(targetOf(appId)).toBe(target);
});

test('an id that can be no app’s is refused', () => {
  expect(() => cohortToKoji('koji', 'Koji App', '')).toThrow();
});

test.each(all)('$name is committed as it is made, and takes an id and a region', ({ app, blueprint }) => {
  const made = blueprintsOf(app.target, { appId: 'koji-a1b2c3', region: 'eu' });
  const [file, filled] = made.find(([, { name }]) => name === blueprint.name) ?? [];
  const committed = readFileSync(`make/blueprints/${app.target}.${file}`, 'utf8');
  expect(JSON.parse(committed)).toEqual(blueprint);
  expect(JSON.stringify(filled)).toContain('app#koji-a1b2c3:');
  expect(JSON.stringify(filled)).not.toMatch(/your-app-id|api2\.amplitude\.com/);
});

test('a study link that is named stands where people would put theirs', () => {
  const linkIn = (link?: string) =>
    blueprintsOf('koji-amplitude', { studyLink: link })[0]?.[1].flow[2]?.mapper?.study_link;
  expect(linkIn('https://koji.so/i/why?$&')).toBe('https://koji.so/i/why?$&');
  expect(linkIn()).toBe(STUDY_LINK_HERE);
});

test.each(targets)(
  '%s: the form of Start an interview can’t be saved until the study link is there',
  async (target) => {
    const started = runModule(readApp(`make/app/${target}`), 'startInterview', {
      connections: { koji: { koji_api_key: 'k_made_up' } },
      parameters: { respondent_id: 'user_1', study_link: STUDY_LINK_HERE },
      http: () => Promise.reject(new Error('Nothing may be asked.')),
      now: Date.now,
    });
    await expect(started).rejects.toMatchObject({
      type: 'BundleValidationError',
      message: expect.stringContaining('study_link'),
    });
  },
);

test.each(all)(
  '$name keeps what fails before it leaves anything out, should a filter let everything pass',
  ({ blueprint }) => {
    const routers = everyStep(blueprint.flow).filter(({ routes }) => routes !== undefined);
    expect(routers.length).toBeGreaterThan(0);
    for (const { routes = [] } of routers) {
      expect(routes.map(({ flow }) => flow.at(-1)?.module)).toEqual(['builtin:Break', 'builtin:Ignore']);
    }
  },
);

test.each(all)('$name has no filter on an error handler, and each is drawn under its module', ({ blueprint }) => {
  for (const step of everyStep(blueprint.flow)) {
    if (/^builtin:(Ignore|Break)$/.test(step.module)) expect(step.filter).toBeUndefined();
    for (const handler of step.onerror ?? []) {
      expect(handler.metadata.designer.y).toBeGreaterThan(step.metadata.designer.y);
    }
  }
});

test.each(['koji', 'koji-a1b2c3'])('%s is an app’s id', (id) => {
  expect(appIdSchema.safeParse(id).success).toBe(true);
});

test.each(['../../users', 'koji/../../users', 'Koji', 'koji?x', ''])('“%s” is no app’s id', (id) => {
  expect(appIdSchema.safeParse(id).success).toBe(false);
});
