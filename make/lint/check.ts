/** What a check of a built app is, and the parts of an app that checks look at. */
import type { BuiltApp, Component, Step } from '../build/built.ts';

/** Where something is wrong, and what. */
export type Finding = { path: string; message: string };

/** Looks for one thing; finds nothing when there is nothing to mend. */
export type Check = (app: BuiltApp) => Finding[];

export const when = (isWrong: boolean, path: string, message: string): Finding[] =>
  isWrong ? [{ path, message }] : [];

export const componentsOf = ({ components }: BuiltApp, kind: string): Component[] =>
  components.filter((component) => component.kind === kind);

export const modulesOf = (app: BuiltApp, ...types: string[]): Component[] =>
  componentsOf(app, 'module').filter(({ moduleType }) => types.includes(moduleType ?? ''));

/** What some components do, step by step; how polling begins and how webhooks are attached is left out. */
export const stepsOf = ({ steps }: BuiltApp, components: Component[]): Step[] =>
  steps.filter(
    ({ component, code }) => component !== null && components.includes(component) && code === 'communication',
  );

export const allSteps = ({ base, steps }: BuiltApp): Step[] => (base === null ? steps : [base, ...steps]);

/** Whether base is merged into a step (M1). */
export const inherits = ({ component }: Step): boolean => /^(module|rpc)$/.test(component?.kind ?? '');

/** What has to stand on its own: base, and the requests that it does not reach. */
export const ownSteps = (app: BuiltApp): Step[] => allSteps(app).filter((step) => !inherits(step));

/** A rule: its name, what it asks with the facts that it rests on, and what finds it broken. */
export type Rule = [name: string, asks: string, find: Check];
