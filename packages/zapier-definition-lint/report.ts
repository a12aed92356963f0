import type { Outcome } from './lint.ts';

/** What a run prints, and whether it went well. */
export const report = ({ checks, findings, excused, unused }: Outcome): { text: string; passed: boolean } => {
  const lines = checks.flatMap(({ id, title, source, state }) => [
    `${state.padEnd(7)}  ${id}  ${title}`,
    ...findings.filter(({ check }) => check === id).map(({ where, message }) => `         ✗ ${where}: ${message}`),
    ...excused
      .filter(({ check }) => check === id)
      .map(({ where, reason }) => `         – ${where}, on purpose: ${reason}`),
    ...(state === 'failed' ? [`         ${source}`] : []),
  ]);
  const idle = unused.map(
    ({ check, where }) => `failed   exception of ${check} for ${where} excuses nothing: remove it`,
  );
  const passed = findings.length === 0 && unused.length === 0;
  const count = (state: string) => checks.filter((check) => check.state === state).length;
  const total = `${count('ok')} checks ok, ${count('failed')} failed, ${count('not run')} not run (they need live results); ${excused.length} exceptions, ${unused.length} of no use`;
  return { text: `${[...lines, ...idle, '', total].join('\n')}\n`, passed };
};
