import { apps } from '../../make/apps.ts';
import { type BlueprintModule, blueprintsOf, cohortToKoji } from '../../make/blueprint.ts';
import type { App } from '../../make/format.ts';

const moduleIn = (app: App, module: string) => app.modules.find(({ id }) => module.endsWith(`:${id}`));

const all = apps.flatMap((app) =>
  blueprintsOf(app.target, 'koji-a1b2c3').map(([file, blueprint]) => ({
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

test.each(all)('$name: every id stands once, and steps refer to what comes before them', ({ blueprint }) => {
  const ids = everyStep(blueprint.flow).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [index, step] of blueprint.flow.entries()) {
    const before = blueprint.flow.slice(0, index).map(({ id }) => id);
    const used = [...JSON.stringify([step.mapper, step.filter ?? '']).matchAll(/\{\{(\d+)\./g)].map(([, id]) =>
      Number(id),
    );
    for (const id of used) expect(before).toContain(id);
  }
  expect(blueprint.flow[0]?.filter).toBeUndefined();
});

test.each(all)(
  '$name: what is mapped are fields of our forms, from fields that our modules give',
  ({ app, blueprint }) => {
    for (const step of blueprint.flow) {
      const module = moduleIn(app, step.module);
      if (module === undefined) continue;
      const form = 'mappableParameters' in module ? module.mappableParameters.map(({ name }) => name) : [];
      for (const key of Object.keys(step.mapper ?? {})) expect(form).toContain(key);
      const text = JSON.stringify([step.mapper, step.filter ?? '']);
      for (const [, id, field] of text.matchAll(/\{\{(\d+)\.(\w+)/g)) {
        const source = moduleIn(app, blueprint.flow.find((one) => one.id === Number(id))?.module ?? '');
        if (source !== undefined) expect(source.interface.map(({ name }) => name)).toContain(field);
      }
    }
  },
);

test.each(all)('$name holds no connection, hook or secret, and keeps what breaks off', ({ blueprint }) => {
  const text = JSON.stringify(blueprint);
  expect(text).not.toMatch(/__IMT|"hook"|secret|api_key/);
  expect(blueprint.metadata.scenario.dlq).toBe(true);
});

test('somebody who was started already does not end a cohort’s scenario, and a pause keeps to Koji’s pace', () => {
  const steps = cohortToKoji('koji-amplitude', 'koji-a1b2c3').flow.map(({ module }) => module);
  expect(steps).toEqual(['app#koji-a1b2c3:watchCohortMembers', 'util:FunctionSleep', 'app#koji-a1b2c3:startInterview']);
});

test('an id that can be no app’s is refused', () => {
  expect(() => cohortToKoji('koji', 'Koji App')).toThrow();
});
