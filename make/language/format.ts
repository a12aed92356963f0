/**
 * Make's format for custom apps, as types of our own: only the directives that this app uses, so that a wrong one does
 * not compile (M2, M4). Texts may hold expressions in `{{ }}`.
 */

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The nine kinds of error that Make knows (M25). */
export const errorTypes = [
  'RuntimeError',
  'DataError',
  'RateLimitError',
  'ConnectionError',
  'InvalidAccessTokenError',
  'InvalidConfigurationError',
  'DuplicateDataError',
  'IncompleteDataError',
  'OutOfSpaceError',
] as const;
export type ErrorType = (typeof errorTypes)[number];

/** A kind of error, or an expression that gives one (M4). */
type ChosenErrorType = ErrorType | `{{${string}}}`;

/** What one status means to people; its text is at most 1,024 characters. */
export type StatusError = { message: string; type: ChosenErrorType };

/** Errors by status: three digits each, because Make knows no ranges. Without `type`, 429 and 5xx have Make's own. */
export type ErrorDirective = { message: string; type?: ChosenErrorType } & { [status: `${number}`]: StatusError };

type Flat = string | number | boolean | null | string[];

/** An answer of Koji's or Amplitude's, and what becomes of it. */
export type ResponseDirective = {
  valid?: { condition: string; message: string; type: ChosenErrorType };
  error?: ErrorDirective;
  temp?: { [name: string]: Json };
  iterate?: { container: string; condition?: string };
  limit?: string;
  output?: Json;
  trigger?: { type: 'date'; order: 'unordered'; id: string; date: string };
  metadata?: { type: 'text'; value: string };
  data?: { [name: string]: string };
};

type Common = {
  log?: { sanitize: string[] };
  temp?: { [name: string]: Json };
  condition?: string | { condition: string; default: Json };
  response?: ResponseDirective;
};

/** A step that only thinks: Make runs steps without an address in a list of requests (M20). */
export type ThinkingStep = Common & { url?: never };

/** A request. Reading ones have no body, writing ones must have one. Redirects are not followed: keys would travel. */
export type RequestStep = Common & {
  url: string;
  qs?: { [name: string]: Flat };
  headers?: { [name: string]: string };
  followRedirects?: false;
  pagination?: { qs: { [name: string]: string }; condition: string };
} & (
    | { method: 'GET' | 'DELETE' }
    | { method: 'POST'; type?: 'json' | 'urlencoded'; body: Json }
    | { method: '{{upper(temp.method)}}'; type: 'text'; body: string }
  );

export type Step = ThinkingStep | RequestStep;

/** What a webhook does with a delivery; all of it is top-level (M21). */
type WebhookCommunication = {
  verification?: { condition: string; respond: { type: 'text'; status: number; body: string } };
  condition?: string;
  iterate?: { container: string; condition: string };
  output: Json;
};

type ParameterBase = {
  name: string;
  label: string;
  help?: string;
  required?: boolean;
  advanced?: boolean;
};

/** A field of a form, or of what a module gives. */
export type Parameter = ParameterBase &
  (
    | { type: 'text'; default?: string; multiline?: boolean; validate?: { pattern: string } }
    | { type: 'password'; editable?: true; validate?: { pattern: string } }
    | { type: 'number' | 'uinteger' | 'integer'; default?: number; validate?: { min?: number; max?: number } }
    | { type: 'boolean'; default?: boolean }
    | { type: 'date' | 'any' }
    | {
        type: 'select';
        options: { label: string; value: string | number }[];
        default?: string | number;
        multiple?: boolean;
      }
    | {
        type: 'select';
        options: { store: `rpc://${string}` };
        /** What the list lacks can be typed in; a form that can't be mapped takes it in no other way. */
        editable: true;
        /** `edit`: the form opens with the field to type in, the choices are one click away. */
        mode: 'edit' | 'choose';
        validate?: { pattern: string };
      }
    | { type: 'collection'; spec?: Parameter[] }
    | { type: 'array'; spec: Parameter[] | { type: 'text' } }
  );

/** What the apps connect to. */
export type ConnectionId = 'koji' | 'amplitude';

export type Connection = {
  id: ConnectionId;
  label: string;
  parameters: Parameter[];
  communication: Step;
};

export type Webhook = {
  id: string;
  label: string;
  connection: ConnectionId;
  parameters: Parameter[];
  communication: WebhookCommunication;
  attach?: Step;
  detach?: Step;
  /** How people enter its address at the service where Make does not attach it, for the app's documentation (M33). */
  connecting: string;
};

export type Rpc = {
  id: string;
  label: string;
  connection: ConnectionId;
  communication: Step;
};

type ModuleBase = {
  id: string;
  label: string;
  description: string;
  connection: ConnectionId;
  /** What does not change from run to run. Triggers have nothing else. */
  staticParameters: Parameter[];
  interface: Parameter[];
  samples: { [key: string]: Json };
};

/** A module of a scenario, by its kind (M2). */
export type Module = ModuleBase &
  (
    | { kind: 'instant_trigger'; webhook: string; communication: RequestStep | Record<string, never> }
    | { kind: 'trigger'; communication: RequestStep; epoch: RequestStep }
    | {
        kind: 'action';
        crud: 'create' | 'read';
        mappableParameters: Parameter[];
        communication: RequestStep | Step[];
      }
    | { kind: 'search'; mappableParameters: Parameter[]; communication: RequestStep | Step[] }
    | { kind: 'universal'; mappableParameters: Parameter[]; communication: Step[] }
  );

/** The apps, by the names of their folders below make/app. */
export const targets = ['koji', 'koji-amplitude'] as const;

/**
 * The app that an id on Make is of, undefined for one that was named otherwise: Make puts letters of its own behind the
 * name that it was sent, as in `koji-a1b2c3`.
 */
export const targetOf = (appId: string): (typeof targets)[number] | undefined =>
  [...targets]
    .sort((one, other) => other.length - one.length)
    .find((target) => appId === target || new RegExp(`^${target}-[0-9a-z]+$`, 'i').test(appId));

/** A whole app, and the folder it is built to. */
export type App = {
  target: (typeof targets)[number];
  label: string;
  base: RequestBase;
  connections: Connection[];
  webhooks: Webhook[];
  rpcs: Rpc[];
  modules: Module[];
  groups: { label: string; modules: string[] }[];
};

/** What Make merges into the requests of modules and RPCs, and only of these (M1). */
type RequestBase = {
  baseUrl: string;
  headers?: { [name: string]: string };
  followRedirects: false;
  log: { sanitize: string[] };
  response: { error: ErrorDirective };
};
