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
  zapierCheck('D001', 'Input Fields Should Be Insensitive', ({ operations }) =>
    operations
      .flatMap(inputFieldsOf)
      .filter(({ value }) => isCredential(value))
      .map(({ where }) => ({ where, message: 'looks like a credential: move it into the authentication.' })),
  ),

  zapierCheck('D002', 'Provide Link in Help Text for Auth Fields', (definition) =>
    authFieldsOf(definition)
      .filter(({ value }) => isCredential(value) && !value.computed && linksIn(value.helpText ?? '').length === 0)
      .map(({ where }) => ({ where, message: 'needs help text with a [link](https://…) to where people find it.' })),
  ),

  zapierCheck('D003', 'Connection Label Should Be Valid', ({ authentication }): Problem[] => {
    if (!authentication) return [];
    const { connectionLabel: label, fields } = authentication;
    const where = 'authentication.connectionLabel';
    if (isFunctionText(label)) return [];
    const names =
      typeof label === 'string' ? [...label.matchAll(/\{\{([^{}]+)\}\}/g)].map(([, name = '']) => name.trim()) : [];
    if (names.length === 0) return [{ where, message: 'is not set, or the same for every connection: use {{a_key}}.' }];
    const credentials = new Set(fields.known.filter(isCredential).map(({ key }) => key));
    return names
      .map((name) => name.replace(/^bundle\.(authData|inputData)\./, ''))
      .filter((name) => credentials.has(name) || isCredential({ key: name }))
      .map((name) => ({ where, message: `shows the credential ${name}.` }));
  }),

  zapierCheck(
    'D026',
    'Manual domain validation recommended if using "inputFormat" or domain-related authentication fields',
    (definition) =>
      authFieldsOf(definition)
        .filter(
          ({ value }) => value.inputFormat !== undefined || (place.test(value.key) && value.choices === undefined),
        )
        .map(({ where }) => ({
          where,
          message: 'lets people choose the host: validate it in code, and say where in an exception.',
        })),
  ),
];
