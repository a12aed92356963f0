import { type Problem, zapierCheck } from '../check.ts';
import { authFieldsOf, type Field, inputFieldsOf, isFunctionText } from '../definition.ts';
import { linksIn } from '../markdown.ts';

const credentialKey =
  /(^|_)(api|access|auth|private|secret|bearer)_?(key|token|secret)($|_)|(^|_)(client|signing|webhook)_?secret($|_)|(^|_)(password|passwd|secret|token|jwt)$/i;

/** `apiKey` is read as `api_key`. */
const isCredential = ({ key, type }: Field): boolean =>
  type === 'password' || credentialKey.test(key.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));

const place = /^(.*_)?(sub_?domain|domain|host|hostname|base_?url|url|site|instance|server|shop)(_.*)?$/i;

export const authenticationChecks = [
  zapierCheck('D001', 'Credentials are asked for in the connection, never in a step', ({ operations }) =>
    operations
      .flatMap(inputFieldsOf)
      .filter(({ value }) => isCredential(value))
      .map(({ where }) => ({ where, message: 'looks like a credential: move it into the authentication.' })),
  ),

  zapierCheck('D002', 'The help of a pasted credential links to where it is found', (definition) =>
    authFieldsOf(definition)
      .filter(({ value }) => isCredential(value) && !value.computed && linksIn(value.helpText ?? '').length === 0)
      .map(({ where }) => ({ where, message: 'needs help text with a [link](https://…) to where people find it.' })),
  ),

  zapierCheck('D003', 'The connection has a label that tells connections apart', ({ authentication }): Problem[] => {
    if (!authentication) return [];
    const { connectionLabel: label, fields } = authentication;
    const where = 'authentication.connectionLabel';
    if (isFunctionText(label)) return [];
    const names =
      typeof label === 'string' ? [...label.matchAll(/\{\{([^{}]+)\}\}/g)].map(([, name]) => name?.trim()) : [];
    if (names.length === 0) return [{ where, message: 'is not set, or the same for every connection: use {{a_key}}.' }];
    return fields.known
      .filter(
        (field) => isCredential(field) && names.some((name) => name?.replace(/^bundle\.authData\./, '') === field.key),
      )
      .map(({ key }) => ({ where, message: `shows the credential ${key}.` }));
  }),

  zapierCheck('D026', 'An address that people type into the connection is validated', (definition) =>
    authFieldsOf(definition)
      .filter(({ value }) => value.inputFormat !== undefined || (place.test(value.key) && value.choices === undefined))
      .map(({ where }) => ({
        where,
        message: 'lets people choose the host: validate it in code, and say where in an exception.',
      })),
  ),
];
