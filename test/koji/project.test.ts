import { fingerprint } from '../../boundary/text.ts';
import { projectOf } from '../../koji/project.ts';

test('the name of a project tells keys apart and holds none of the key', () => {
  const project = projectOf('pk_live_51c8e2');
  expect(project).toMatch(/^[0-9a-f]{64}$/);
  expect(project).not.toContain('51c8e2');
  expect(projectOf('pk_live_51c8e3')).not.toBe(project);
  expect(projectOf('pk_live_51c8e2')).toBe(project);
});

test('the name of a project is not the bare fingerprint of its key, which may be known elsewhere', () => {
  expect(projectOf('pk_live_51c8e2')).not.toBe(fingerprint('pk_live_51c8e2'));
});
