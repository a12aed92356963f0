/** Checks that Zapier makes over real runs; here over results that are given, one finding for each place. */
import { type Check, type Live, listed, type Problem, performed, zapierCheck } from '../check.ts';
import {
  type Definition,
  type Item,
  isHook,
  isPolling,
  type Operation,
  primaryKeysOf,
  triggersOf,
} from '../definition.ts';
import { keysMissing, misfits, wrongDates } from '../values.ts';

const once = (problems: Problem[]): Problem[] => [
  ...new Map(problems.map((problem) => [`${problem.where}\n${problem.message}`, problem])).values(),
];

/** A check of each item among some results of some operations; null when there is no such item. */
const overItems =
  (
    operationsOf: (definition: Definition) => Operation[],
    itemsOf: (operation: Operation, live: Live) => Item[],
    check: (item: Item, operation: Operation, live: Live) => Problem[] | null,
  ): Check['run'] =>
  (definition, live) => {
    const looked = operationsOf(definition).flatMap((operation) =>
      itemsOf(operation, live).map((item) => check(item, operation, live)),
    );
    const made = looked.filter((problems) => problems !== null);
    return made.length === 0 ? null : once(made.flat());
  };

const everything = ({ operations }: Definition): Operation[] => operations;
const hooks = ({ operations }: Definition): Operation[] => operations.filter(isHook);
const polls = ({ operations }: Definition): Operation[] => operations.filter(isPolling);

/** One check of two kinds of results; null when there are none of either. */
const both =
  (one: Check['run'], other: Check['run']): Check['run'] =>
  (definition, live) => {
    const [first, second] = [one(definition, live), other(definition, live)];
    return first === null && second === null ? null : [...(first ?? []), ...(second ?? [])];
  };

export const liveChecks = [
  zapierCheck(
    'T002',
    'Missing Primary Key Fields in Live Polling Results',
    overItems(polls, performed, (item, operation) =>
      primaryKeysOf(operation)
        .filter((key) => item[key] === undefined || item[key] === null || item[key] === '')
        .map((key) => ({ where: `${operation.path}.perform.${key}`, message: 'is the primary key and not there.' })),
    ),
  ),

  zapierCheck(
    'T003',
    'ISO-8601 Date/Time Format in Zap History',
    both(
      overItems(everything, performed, (item, { path }) => wrongDates(item, `${path}.perform`)),
      overItems(everything, listed, (item, { path }) => wrongDates(item, `${path}.performList`)),
    ),
  ),

  zapierCheck(
    'T004',
    'Static Sample Contains a Subset of Keys from Live Result',
    overItems(everything, performed, (item, { sample, path }) => keysMissing(sample ?? {}, item, `${path}.sample`)),
  ),

  zapierCheck(
    'T005',
    'Live Trigger Result Respects Output Field Definition',
    overItems(triggersOf, performed, (item, { outputFields, path }) =>
      misfits(item, outputFields.known, `${path}.perform`),
    ),
  ),

  zapierCheck(
    'T006',
    'Polling Sample Contains a Subset of Keys from Live Result',
    overItems(hooks, listed, (item, operation, live) => {
      const delivered = performed(operation, live);
      if (delivered.length === 0) return null;
      return delivered.flatMap((real) => keysMissing(item, real, `${operation.path}.performList`));
    }),
  ),

  zapierCheck(
    'Z001',
    'Polling Sample Respects Output Field Definition',
    overItems(hooks, listed, (item, { outputFields, path }) =>
      misfits(item, outputFields.known, `${path}.performList`),
    ),
  ),
];
