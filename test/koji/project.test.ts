import { fingerprint, projectOf } from '../../koji/project.ts';

test('a fingerprint is the SHA-256 of the text', () => {
  // FIPS 180-2, appendix B.1
  expect(fingerprint('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

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
