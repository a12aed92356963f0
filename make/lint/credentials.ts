/** Keys and secrets: where they are asked for, and that no log shows them. */
import { allFields, type Step } from '../build/built.ts';
import { allSteps, type Check, componentsOf, inherits, ownSteps, type Rule, stepsOf, when } from './check.ts';

const reserved: Check = (app) =>
  allFields(app).flatMap(({ code, place, field: { name = '' } }) =>
    when(code !== 'interface' && ['accountName', 'teamID'].includes(name), place, `Make keeps ${name} for itself.`),
  );

const secrets: Check = (app) =>
  allFields(app)
    .filter(({ component: { kind }, field }) => /connection|webhook/.test(kind) && /secret|key/i.test(field.name ?? ''))
    .flatMap(({ component, place, field: { name, type, editable } }) => [
      ...when(type !== 'password', place, `${name} must be a password.`),
      // Who has a new key can put it into the connection that is there.
      ...when(component.kind === 'connection' && editable !== true, place, `${name} must be editable.`),
    ]);

const connectionName: Check = (app) =>
  componentsOf(app, 'connection').flatMap((connection) => {
    const isNamed = stepsOf(app, [connection]).some(
      ({ response: { metadata: { type = '', value } = {} } = {} }) => /^(text|email)$/.test(type) && Boolean(value),
    );
    return when(!isNamed, connection.codeFiles.communication ?? '', 'response.metadata is missing.');
  });

const headersOf = ({ headers }: Step): string[] =>
  typeof headers === 'object' ? Object.keys(headers).map((name) => name.toLowerCase()) : [];

const listOf = ({ log }: Step): string[] => log?.sanitize ?? [];

const sanitize: Check = (app) => {
  const { base } = app;
  const loggedBy = (step: Step): Step => (inherits(step) && step.log === undefined && base !== null ? base : step);
  const withKey = allSteps(app).filter((step) =>
    [...headersOf(step), ...(inherits(step) && base !== null ? headersOf(base) : [])].includes('authorization'),
  );
  return [
    ...ownSteps(app).flatMap((step) => when(listOf(step).length === 0, step.place, 'log.sanitize is missing.')),
    ...[...new Set(withKey.map(loggedBy))]
      .filter((step) => inherits(step) || listOf(step).length > 0)
      .flatMap((step) =>
        when(
          !listOf(step).includes('request.headers.authorization'),
          step.place,
          'log.sanitize must name request.headers.authorization.',
        ),
      ),
  ];
};

const baseHeaders: Check = (app) => {
  const { base } = app;
  const isShared = componentsOf(app, 'connection').length > 1 && base?.headers !== undefined;
  return when(isShared, base?.place ?? '', 'Headers in base reach every service: each request needs its own.');
};

/** Every rule of this kind. */
export const credentialRules: Rule[] = [
  ['reserved', 'no parameter has a name of Make’s own (M11)', reserved],
  ['secrets', 'keys and secrets are passwords; those of a connection can be changed (M6)', secrets],
  ['connectionName', 'a connection shows whose it is (M6)', connectionName],
  ['sanitize', 'base and connections hide secrets in logs, any authorization first (M6)', sanitize],
  ['baseHeaders', 'with two connections, base holds no headers (M1)', baseHeaders],
];
