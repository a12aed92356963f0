import { faultsOf, stateIn, wasPromoted } from '../../scripts/release.ts';

const good = {
  packageVersion: '1.2.0',
  lockedVersion: '1.2.0',
  changelog: '# Changelog\n\n## 1.2.0\n\n- **Fix** something.\n\n## 1.1.0\n\n- More.\n',
};

test('a release names the same version everywhere', () => {
  expect(faultsOf('v1.2.0', good)).toEqual([]);
});

test.each([
  ['another tag', 'v1.2.1', good, /The tag is v1\.2\.1, and package\.json says 1\.2\.0/],
  ['a tag without v', '1.2.0', good, /The tag is 1\.2\.0/],
  ['another locked version', 'v1.2.0', { ...good, lockedVersion: '1.1.0' }, /package-lock\.json says 1\.1\.0/],
  ['no changelog entry', 'v1.2.0', { ...good, changelog: '## 1.2.0-beta\n\n- Not this.' }, /no heading "## 1\.2\.0"/],
  ['an empty entry', 'v1.2.0', { ...good, changelog: '## 1.2.0\n\n## 1.1.0\n\n- More.' }, /says nothing under/],
])('%s is refused', (_what, tag, repository, fault) => {
  expect(faultsOf(tag, repository)).toEqual([expect.stringMatching(fault)]);
});

test('a version is nowhere, private, or was promoted once', () => {
  const listed = [
    { version: '1.1.0', state: 'Available', user_count: 12 },
    { version: '1.2.0', state: 'private', user_count: null },
  ];
  expect(['1.0.0', '1.1.0', '1.2.0'].map((version) => stateIn(listed, version))).toEqual([
    'none',
    'available',
    'private',
  ]);
  expect(['none', 'private', 'promoted', 'available', 'legacy'].map(wasPromoted)).toEqual([
    false,
    false,
    true,
    true,
    true,
  ]);
  expect(() => stateIn({ error: 'no list' }, '1.2.0')).toThrow();
});
