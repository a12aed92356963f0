import * as z from 'zod';
import type { Check, Live, Problem } from './check.ts';
import { authenticationChecks } from './checks/authentication.ts';
import { beyondChecks } from './checks/beyond.ts';
import { fieldChecks } from './checks/fields.ts';
import { liveChecks } from './checks/live.ts';
import { operationChecks } from './checks/operations.ts';
import { sampleChecks } from './checks/samples.ts';
import { wordingChecks } from './checks/wording.ts';
import { type Definition, itemSchema, parseDefinition } from './definition.ts';

/** Every check, by its id. */
export const checks: Check[] = [
  ...authenticationChecks,
  ...fieldChecks,
  ...operationChecks,
  ...wordingChecks,
  ...sampleChecks,
  ...liveChecks,
  ...beyondChecks,
].sort((one, other) => (one.id < other.id ? -1 : 1));

/** A finding that stays, and why. With `build`, only in the build of that name. */
export const exceptionsSchema = z.array(
  z.strictObject({
    check: z.enum(checks.map(({ id }) => id)),
    where: z.string().min(1),
    reason: z.string().min(20),
    build: z.string().min(1).optional(),
  }),
);
export type Exception = z.infer<typeof exceptionsSchema>[number];

export const liveSchema: z.ZodType<Live> = z.record(z.string(), z.array(itemSchema));

export type Finding = Problem & { check: string };

export type Outcome = {
  /** What is wrong and has no exception. */
  findings: Finding[];
  /** What is excused. */
  excused: (Finding & { reason: string })[];
  /** Exceptions that excuse nothing any more. */
  unused: Exception[];
  /** Each check; `not run` where it needs live results that were not given. */
  checks: { id: string; title: string; source: string; state: 'ok' | 'failed' | 'not run' }[];
};

export type Options = { exceptions?: Exception[]; live?: Live; build?: string | undefined };

/** Lints an app's definition, as core's command `definition` gives it. */
export const lintDefinition = (definition: unknown, { exceptions = [], live = {}, build }: Options = {}): Outcome => {
  const app = parseDefinition(definition);
  refuseUnknown(live, app);
  const ran = checks.map((check) => ({ check, problems: check.run(app, live) }));
  const all = ran.flatMap(({ check, problems }) =>
    (problems ?? []).map((problem) => ({ check: check.id, ...problem })),
  );
  const ours = exceptions.filter((exception) => exception.build === undefined || exception.build === build);
  const excuse = (finding: Finding) =>
    ours.find(({ check, where }) => check === finding.check && where === finding.where);
  const findings = all.filter((finding) => excuse(finding) === undefined);
  return {
    findings,
    excused: all.flatMap((finding) => {
      const exception = excuse(finding);
      return exception === undefined ? [] : [{ ...finding, reason: exception.reason }];
    }),
    unused: ours.filter(
      (exception) => !all.some(({ check, where }) => check === exception.check && where === exception.where),
    ),
    checks: ran.map(({ check: { id, title, source }, problems }) => ({
      id,
      title,
      source,
      state: problems === null ? 'not run' : findings.some(({ check }) => check === id) ? 'failed' : 'ok',
    })),
  };
};

/** Results of something the app does not have would be looked at by no check. */
const refuseUnknown = (live: Live, { operations }: Definition): void => {
  const known = new Set(
    operations.flatMap(({ path }) => [`${path}.operation.perform`, `${path}.operation.performList`]),
  );
  for (const path of Object.keys(live)) {
    if (!known.has(path)) throw new Error(`There are live results of ${path}, which the app does not have.`);
  }
};
