import * as z from 'zod';
import type { Definition, Field } from './definition.ts';
import { type Failure, InvocationFailed } from './failure.ts';
import { InputMissing } from './mapping.ts';
import type { Invoke } from './runtime.ts';

export type ConnectionTest = { data: unknown; label: string };

/** The person's account at the vendor, as Zapier keeps it. */
export type Connection = {
  authData: () => Record<string, string>;
  /** Z16: after an ExpiredAuthError everything waits until the person reconnects. */
  isExpired: () => boolean;
  expire: () => void;
  /** Kept until the person has reconnected, then done in the order of arrival. */
  hold: (resume: () => Promise<void>) => void;
  test: () => Promise<ConnectionTest>;
  reconnect: (next?: Record<string, string>) => Promise<void>;
};

export type ConnectionOptions = { authData: Record<string, string>; definition: Definition; invoke: Invoke };

export const createConnection = ({ authData: given, definition, invoke }: ConnectionOptions): Connection => {
  const fields = definition.authentication?.fields ?? [];
  let authData = withDefaults(given, fields);
  let expired = false;
  let held: (() => Promise<void>)[] = [];

  const test: Connection['test'] = async () => {
    const missing = fields.find(({ key, required }) => required === true && !authData[key]);
    if (missing !== undefined) throw new InputMissing(missing);
    const outcome = await invoke('authentication.test', {});
    if (!outcome.ok) throw new InvocationFailed(outcome.failure);
    return { data: outcome.results, label: labelOf(outcome.results, authData, definition) };
  };

  return {
    authData: () => authData,
    isExpired: () => expired,
    expire: () => {
      expired = true;
    },
    hold: (resume) => {
      held.push(resume);
    },
    test,
    reconnect: async (next) => {
      const before = authData;
      authData = next === undefined ? authData : withDefaults(next, fields);
      try {
        await test();
      } catch (error) {
        authData = before;
        throw error;
      }
      expired = false;
      const waiting = held;
      held = [];
      for (const resume of waiting) await resume();
    },
  };
};

/** Inferred: the form of a connection treats defaults and required fields as a step's form does. */
const withDefaults = (authData: Record<string, string>, fields: readonly Field[]): Record<string, string> => {
  const complete = { ...authData };
  for (const { key, default: value } of fields) if (!complete[key] && value !== undefined) complete[key] = value;
  return complete;
};

const testOutput = z.record(z.string(), z.unknown()).catch({});

/** Z19: a text's references find the test's output and authData at the top. */
const labelOf = (results: unknown, authData: Record<string, string>, { authentication }: Definition): string => {
  const template = authentication?.connectionLabel ?? '';
  const values: Record<string, unknown> = { ...authData, ...testOutput.parse(results) };
  return template.replace(/\{\{(?:bundle\.(?:inputData|authData)\.)?(\w+)\}\}/g, (_, name: string) =>
    String(values[name] ?? ''),
  );
};

/** Marks the connection when that is what the failure says. */
export const noteFailure = (connection: Connection, failure: Failure): void => {
  if (failure.kind === 'expired') connection.expire();
};
