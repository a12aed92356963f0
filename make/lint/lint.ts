/**
 * What Make asks of an app before its review, what its schemas leave open, and what this app decided for itself (M2,
 * M4, M6, M11, M23, M25), checked over a built app's files. `npm run make:lint` runs it over both apps.
 */
import { builtApp, MANIFEST } from '../build/built.ts';
import type { Finding, Rule } from './check.ts';
import { credentialRules } from './credentials.ts';
import { manifestRules } from './manifest.ts';
import { ownRules } from './own.ts';
import { peopleRules } from './people.ts';
import { requestRules } from './requests.ts';

/** Make's rules, by their names, with the facts that they rest on. */
export const makeRules: Rule[] = [...manifestRules, ...credentialRules, ...requestRules, ...peopleRules];

/** These and our own. */
export const checks: Rule[] = [...makeRules, ...ownRules];

/** All findings over an app's files, each with its check; none when there is nothing to mend. */
export const lint = (files: Map<string, string>, rules = checks): (Finding & { check: string })[] => {
  const app = builtApp(files);
  if (app === null) return [{ check: 'manifest', path: MANIFEST, message: 'It is no manifest of an app.' }];
  return rules.flatMap(([check, , find]) => find(app).map((finding) => ({ check, ...finding })));
};
