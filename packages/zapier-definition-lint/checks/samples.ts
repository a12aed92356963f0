import { zapierCheck } from '../check.ts';
import { isPolling, primaryKeysOf, visible } from '../definition.ts';
import { misfits, wrongDates } from '../values.ts';

const isKey = (value: unknown): boolean => typeof value === 'number' || (typeof value === 'string' && value !== '');

export const sampleChecks = [
  zapierCheck('D010', 'Missing Primary Key Fields in Static Sample Data', ({ operations }) =>
    operations.filter(isPolling).flatMap((trigger) =>
      trigger.sample === undefined
        ? []
        : primaryKeysOf(trigger)
            .filter((key) => !isKey(trigger.sample?.[key]))
            .map((key) => ({ where: `${trigger.path}.sample.${key}`, message: 'is the primary key and not there.' })),
    ),
  ),

  zapierCheck('D012', 'Static Sample Is Required', ({ operations }) =>
    visible(operations)
      .filter(({ sample }) => Object.keys(sample ?? {}).length === 0)
      .map(({ path }) => ({ where: `${path}.sample`, message: 'is empty or not there.' })),
  ),

  zapierCheck('D023', 'ISO-8601 Date/Time Format in Static Sample', ({ operations }) =>
    operations.flatMap(({ path, sample = {} }) => wrongDates(sample, `${path}.sample`)),
  ),

  zapierCheck('D024', 'Static Sample Respects Output Field Definition', ({ operations }) =>
    operations.flatMap(({ path, sample, outputFields }) =>
      sample === undefined ? [] : misfits(sample, outputFields.known, `${path}.sample`),
    ),
  ),
];
