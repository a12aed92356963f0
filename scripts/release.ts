/** What a release rests on, decided without touching anything: the tag, the table of operations, the state on Zapier. */
import * as z from 'zod';
import type { operations } from '../operations.ts';

/** What is wrong with releasing under a tag, a sentence for each; empty when nothing is. */
export const faultsOf = (
  tag: string,
  { packageVersion, lockedVersion, changelog }: { packageVersion: string; lockedVersion: string; changelog: string },
): string[] => {
  const entry = entryOf(changelog, packageVersion);
  return [
    ...(tag === `v${packageVersion}` ? [] : [`The tag is ${tag}, and package.json says ${packageVersion}.`]),
    ...(lockedVersion === packageVersion
      ? []
      : [`package-lock.json says ${lockedVersion}, and package.json ${packageVersion}: run npm install.`]),
    ...(entry === null ? [`CHANGELOG.md has no heading "## ${packageVersion}".`] : []),
    ...(entry === '' ? [`CHANGELOG.md says nothing under "## ${packageVersion}".`] : []),
  ];
};

/** What the changelog says of a version, or null when it has no heading for it. */
const entryOf = (changelog: string, version: string): string | null => {
  const lines = changelog.split('\n').map((line) => line.trimEnd());
  const heading = lines.indexOf(`## ${version}`);
  if (heading === -1) return null;
  const after = lines.slice(heading + 1);
  const next = after.findIndex((line) => /^#{1,2} /.test(line));
  return after
    .slice(0, next === -1 ? undefined : next)
    .join('\n')
    .trim();
};

export type Operation = (typeof operations)[number];

/** What to run, if anything, and what to tell the person first. */
export type Decision = { command: string[] | null; says: string[] };

/**
 * Whether a version may be promoted. An awaiting operation rests on what its vendor has not documented; once promoted,
 * people build on it and it can't be taken back (check C001), so somebody has to say that they want this.
 */
export const decide = ({
  version,
  operations,
  althoughAwaiting,
}: {
  version: string;
  operations: Operation[];
  althoughAwaiting: boolean;
}): Decision => {
  const command = ['promote', version, '--yes'];
  const awaiting = operations
    .filter((operation) => operation.status === 'awaiting')
    .map(({ kind, key, lifts }) => `  ${kind} ${key} awaits: ${lifts}`);
  if (awaiting.length === 0) return { command, says: [`Nothing awaits: ${version} may be promoted.`] };
  if (althoughAwaiting) return { command, says: [`Promoting ${version} although these await:`, ...awaiting] };
  return {
    command: null,
    says: [
      `${version} was not promoted, because these await:`,
      ...awaiting,
      'To promote it all the same: --although-awaiting.',
    ],
  };
};

/** The rows of `zapier-platform versions --format raw`. */
const versions = z.array(z.object({ version: z.string(), state: z.string() }));

/** How far a version is on Zapier: its state in lower case (`private`, `promoted`, `available`, …), or `none`. */
export const stateIn = (listed: unknown, version: string): string =>
  versions
    .parse(listed)
    .find((row) => row.version === version)
    ?.state.toLowerCase() ?? 'none';

/**
 * Whether a version was ever promoted. Zapier takes no changes to such a version, so there is nothing left to push or
 * promote (https://docs.zapier.com/integrations/manage/version-lifecycle-states).
 */
export const wasPromoted = (state: string): boolean => state !== 'none' && state !== 'private';
